// What the feature cache has saved.
import { expect, it } from 'vitest';
import { NO_SUM, addWork, secondsSaved } from '../../src/study/reuse.js';

it('does not shrink when computing gets faster', () => {
  const slow = addWork(NO_SUM, { work: { needed: 100, computed: 10, seconds: 10 } });
  const fast = addWork(slow, { work: { needed: 1000, computed: 990, seconds: 1 } });
  expect(secondsSaved(slow)).toBe(90);
  expect(secondsSaved(fast)).toBeGreaterThanOrEqual(90);
});

it('is not known where nothing was computed', () => {
  expect(secondsSaved(addWork(NO_SUM, { work: { needed: 100, computed: 0, seconds: 0 } }))).toBeUndefined();
});
