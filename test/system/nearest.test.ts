// Did you mean …?
import { expect, it } from 'vitest';
import { hint, nearest } from '../../src/system/nearest.js';

const fields = ['trials', 'seed', 'strategy', 'learningRate', 'batchSize', 'epochs', 'headEpochs'];

it.each([
  ['learning_rate', 'learningRate'],
  ['BATCHSIZE', 'batchSize'],
  ['epoch', 'epochs'],
  ['trails', 'trials'],
  ['stratgey', 'strategy'],
  ['sed', 'seed'],
])('%s is %s', (typed, meant) => {
  expect(nearest(typed, fields)).toBe(meant);
});

it.each(['folds', 'x', '', 'a'.repeat(1000)])('nothing is near %j', (typed) => {
  expect(nearest(typed, fields)).toBeUndefined();
});

it('the hint is empty where nothing is near, or the name itself is known', () => {
  expect(hint('folds', fields)).toBe('');
  expect(hint('seed', fields)).toBe('');
  expect(hint('sead', fields)).toBe("; did you mean 'seed'?");
});
