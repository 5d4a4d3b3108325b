// Did you mean …?
import { expect, it } from 'vitest';
import { hint, nearest, oneOf } from '../../src/system/nearest.js';

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

it('one of several names is asked for with the nearest of them, and a long list is cut', () => {
  expect(oneOf(['seed', 'trials'], 'sead')).toBe("one of seed, trials, got 'sead'; did you mean 'seed'?");
  const many = Array.from({ length: 300 }, (_, i) => `f1/class-${i}`);
  const text = oneOf(many, 'f1/class-29O', ' at --name, got');
  expect(text).toContain("f1/class-39 and 260 more at --name, got 'f1/class-29O'; did you mean");
  expect(text.length).toBeLessThan(700);
});
