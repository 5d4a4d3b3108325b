// The rates of recorded fine-tunings, at the depths of a range test.
import { expect, it } from 'vitest';
import { expectedRates } from '../../../src/app/range-test/expected-rates.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import { TRAINING_DEFAULTS } from '../../../src/study/schema/training-schema.js';
import { exponentialRates } from '../../../src/trainer/range-test/range-test.js';

const backbone = getBackbone('squeezenet1.1');
const checked = { backbone, inputSize: 224, choice: { name: backbone.name, weights: 'w.h5' } };
const definition = parseStudy(
  JSON.stringify({
    data: { drawn: { family: 'pictograms', perClass: { train: 4, validation: 4 } } },
    backbone: { name: 'squeezenet1.1', weights: 'w.h5' },
    space: { learningRate: { type: 'float', min: 1e-5, max: 1, scale: 'log' } },
  }),
  'study.json',
  'study',
);
const rates = exponentialRates(1e-6, 10, 100);
const ratesOf = (optimizer: 'adam' | 'sgd' | 'rmsprop') =>
  expectedRates(definition, checked, { ...TRAINING_DEFAULTS, optimizer }, { depths: [0, 4], rates });

it('is lower for Adam than for SGD, and lower with unfrozen blocks than for the head alone', () => {
  const [head, deep] = ratesOf('adam').map(({ learningRate }) => learningRate);
  expect(head).toBeGreaterThan(1e-5);
  expect(head).toBeLessThan(0.1);
  expect(deep).toBeLessThan(head ?? NaN);
  expect(ratesOf('sgd')[0]?.learningRate).toBeGreaterThan(head ?? NaN);
});

it('is not known for an optimizer that was not recorded', () => {
  expect(ratesOf('rmsprop')).toEqual([]);
});
