// Weights that a study needs and that are missing.
import { describe, expect, it, vi } from 'vitest';
import { getBackbone } from '../../src/backbones/registry.js';
import { backboneRemarks } from '../../src/app/setup/backbone-remarks.js';
import { fetchMissingWeights, isOffline } from '../../src/app/weights/missing-weights.js';
import { parseStudy } from '../../src/study/schema/parse-study.js';

const checked = (name: string, weights?: string) => {
  const backbone = getBackbone(name);
  return { backbone, inputSize: 224, choice: { name, inputSize: 224, weights } };
};

describe('weights that are missing', () => {
  it('are not fetched offline, and the message says what to do', async () => {
    await expect(fetchMissingWeights([checked('mobilenetv3small')], { offline: true })).rejects.toMatchObject({
      code: 'ERR_WEIGHTS',
      message: expect.stringMatching(
        /^expected weights of mobilenetv3small, found none: nothing may be downloaded \(--offline or HPO_OFFLINE\)\. Run `.*backbones pull mobilenetv3small` while there is a network, or set backbone\.weights to a file$/,
      ) as string,
    });
  });

  it('are not asked for where a study names its own, or the package has them', async () => {
    const onProgress = vi.fn();
    const backbones = [checked('mobilenetv3small', 'own.gguf'), checked('resnet50', 'random'), checked('quicknet')];
    await fetchMissingWeights(backbones, { offline: false, onProgress });
    expect(onProgress).not.toHaveBeenCalled();
  });

  it.each([
    [undefined, false],
    ['', false],
    ['0', false],
    ['false', false],
    ['1', true],
    ['yes', true],
  ])('are forbidden by HPO_OFFLINE=%s: %s', (value, expected) => {
    expect(isOffline({ HPO_OFFLINE: value })).toBe(expected);
  });
});

describe('a study on quicknet', () => {
  const remarksOf = (fields: object): string[] => {
    const space = { learningRate: { type: 'float', min: 0.001, max: 0.01 } };
    const text = JSON.stringify({
      name: 'x',
      objective: { metric: 'macroF1', direction: 'maximize' },
      space,
      ...fields,
    });
    return backboneRemarks(parseStudy(text, 'study.json', 'x'));
  };
  const photographs = { data: { folder: 'photos' } };
  const choice = { backbone: { type: 'choice', values: ['quicknet', 'squeezenet1.1'] } };

  it.each([
    ['alone', { ...photographs, backbone: { name: 'QuickNet' } }],
    ['as a choice', { ...photographs, space: choice }],
  ])('of photographs is warned of: %s', (_, fields) => {
    expect(remarksOf(fields)).toEqual([expect.stringContaining('NOT FOR PHOTOGRAPHS')]);
  });

  it.each([
    [
      'of drawn images',
      {
        data: { drawn: { family: 'traffic-signs', perClass: { train: 9, validation: 9 } } },
        backbone: { name: 'quicknet' },
      },
    ],
    ['with weights of its own', { ...photographs, backbone: { name: 'quicknet', weights: 'mine.safetensors' } }],
    ['that is another backbone', { ...photographs, backbone: { name: 'mobilenetv3small' } }],
  ])('%s is not', (_, fields) => {
    expect(remarksOf(fields)).toEqual([]);
  });
});
