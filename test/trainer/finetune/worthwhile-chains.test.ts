// Steps in chains: where much is updated for what is computed, and a run stays short.
import { expect, it } from 'vitest';
import { TRAINING_DEFAULTS } from '../../../src/study/schema/training-schema.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { paysInChains } from '../../../src/trainer/finetune/worthwhile-chains.js';

it.each([
  // As bench/chains.ts has it: 8 to 11 % less time at batches of 8, nothing at 64.
  ['squeezenet1.1', 4, 8, true],
  ['squeezenet1.1', 4, 64, false],
  ['resnet50', 1, 8, true],
  ['squeezenet1.1', 0, 8, false],
  // A chain of these would take a quarter of a minute.
  ['resnet50', 18, 16, false],
] as const)('%s, %i blocks, batches of %i: %s', (name, depth, batch, expected) => {
  const tail = { backbone: getBackbone(name), inputSize: 224, depth, classes: 2 };
  const options = { optimizer: TRAINING_DEFAULTS, penalties: [], clips: false };
  expect(paysInChains(tail, batch, options)).toBe(expected);
});
