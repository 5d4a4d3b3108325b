// What a file leaves open is settled when a study begins, and stays.
import { expect, it } from 'vitest';
import { parseStudy } from '../../src/study/schema/parse-study.js';
import { settleDefaults } from '../../src/study/settle-defaults.js';

const built = (search: object, rest: object = {}) =>
  parseStudy(
    JSON.stringify({
      ...rest,
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

it('gives a new study of the built-in trainer the prior and freezeThaw', () => {
  const { search, pruner } = settleDefaults(built({}), undefined);
  expect([search.prior, pruner]).toEqual(['fineTuning', { type: 'freezeThaw' }]);
});

it('leaves a study that an earlier version began as it was', () => {
  const { search, pruner } = settleDefaults(built({}), built({}, { pruner: { type: 'median', minEpochs: 2 } }));
  expect([search.prior, pruner]).toEqual([undefined, { type: 'median', minEpochs: 2 }]);
});

it('continues a study with what its journal says', () => {
  expect(settleDefaults(built({}), built({ prior: 'none' })).search.prior).toBe('none');
  const began = settleDefaults(built({}), undefined);
  expect(settleDefaults(built({}), began)).toEqual(began);
});

it('leaves the pruner of a study what it knows where the sampler changes', () => {
  const { search, pruner } = settleDefaults(built({ strategy: 'random' }), settleDefaults(built({}), undefined));
  expect([search.prior, pruner.type]).toEqual(['fineTuning', 'freezeThaw']);
});

it('takes what the file says', () => {
  const file = built({ prior: 'none' }, { pruner: { type: 'funnel' } });
  for (const recorded of [undefined, settleDefaults(built({}), undefined)]) {
    const { search, pruner } = settleDefaults(file, recorded);
    expect([search.prior, pruner.type]).toEqual(['none', 'funnel']);
  }
});

it('takes median where the file wants no prior, and where it names it', () => {
  expect(settleDefaults(built({ prior: 'none' }), undefined).pruner).toEqual({ type: 'median' });
  const named = settleDefaults(built({}, { pruner: { type: 'median' } }), undefined);
  expect([named.search.prior, named.pruner]).toEqual(['fineTuning', { type: 'median' }]);
});

it('gives another trainer or sampler neither', () => {
  for (const definition of [own, built({ strategy: 'random' })]) {
    const { search, pruner } = settleDefaults(definition, undefined);
    expect([search.prior, pruner]).toEqual([undefined, { type: 'median' }]);
  }
});
