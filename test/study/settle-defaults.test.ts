// What a file leaves open is settled when a study begins, and stays.
import { expect, it } from 'vitest';
import { parseStudy } from '../../src/study/schema/parse-study.js';
import { settleDefaults } from '../../src/study/settle-defaults.js';

const built = (search: object) =>
  parseStudy(
    JSON.stringify({
      data: { drawn: { family: 'pictograms', perClass: { train: 4, validation: 4 } } },
      backbone: { name: 'quicknet' },
      space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' } },
      search,
    }),
    'study.json',
    'study',
  );
const own = parseStudy(
  JSON.stringify({ trainer: { module: './t.mjs' }, space: { x: { type: 'float', min: 0, max: 1 } } }),
  'study.json',
  'study',
);

it('gives a new study no prior that its file does not name', () => {
  expect(settleDefaults(built({}), undefined).search.prior).toBeUndefined();
  expect(settleDefaults(built({ prior: 'fineTuning' }), undefined).search.prior).toBe('fineTuning');
});

it('leaves a study that an earlier version began without one', () => {
  expect(settleDefaults(built({}), built({})).search.prior).toBeUndefined();
});

it('continues a study with what its journal says', () => {
  expect(settleDefaults(built({}), built({ prior: 'none' })).search.prior).toBe('none');
});

it('leaves the pruner of a study what it knows where the sampler changes', () => {
  expect(settleDefaults(built({ strategy: 'random' }), built({ prior: 'fineTuning' })).search.prior).toBe('fineTuning');
});

it('takes what the file says', () => {
  expect(settleDefaults(built({ prior: 'none' }), undefined).search.prior).toBe('none');
});

it('gives none to another trainer or sampler', () => {
  expect(settleDefaults(own, undefined).search.prior).toBeUndefined();
  expect(settleDefaults(built({ strategy: 'random' }), undefined).search.prior).toBeUndefined();
});
