// CUDA_VISIBLE_DEVICES as CUDA reads it.
import { describe, expect, it } from 'vitest';
import { parseGpus } from '../../src/system/nvidia-smi.js';
import { visibleGpus } from '../../src/system/visible-gpus.js';

const FOUND = parseGpus(
  ['0, GPU-aa11', '1, GPU-aa22', '2, GPU-bb33'].map((start) => `${start}, 8192, 0, 8192, 0, 550, A`).join('\n'),
);
const labels = (variable: string | undefined): string[] => visibleGpus(FOUND, variable).map(({ label }) => label);

describe('the GPUs that may be used', () => {
  it.each<[string | undefined, string[]]>([
    [undefined, ['GPU 0', 'GPU 1', 'GPU 2']],
    ['', []],
    ['2,0', ['GPU 2', 'GPU 0']],
    [' 1 , 2 ', ['GPU 1', 'GPU 2']],
    ['GPU-bb33,GPU-aa11', ['GPU 2', 'GPU 0']],
    ['GPU-bb', ['GPU 2']],
    ['GPU-aa', []],
    ['0,7,1', ['GPU 0']],
    ['1,-1,2', ['GPU 1']],
    ['NoDevFiles', []],
    ['1,1', ['GPU 1']],
  ])('with %j are %j', (variable, expected) => expect(labels(variable)).toEqual(expected));

  it('are named by UUID, whatever named them', () => {
    expect(visibleGpus(FOUND, '1').map(({ id }) => id)).toEqual(['GPU-aa22']);
  });

  it('are taken at their word where nvidia-smi cannot be asked', () => {
    expect(visibleGpus(undefined, '0,GPU-aabbccdd')).toEqual([
      { id: '0', label: 'GPU 0' },
      { id: 'GPU-aabbccdd', label: 'GPU-aabb' },
    ]);
    expect(visibleGpus(undefined, undefined)).toEqual([]);
  });

  it('may be parts of one, which nvidia-smi does not list', () => {
    expect(visibleGpus(FOUND, 'MIG-1234567')).toEqual([{ id: 'MIG-1234567', label: 'MIG-1234' }]);
  });
});
