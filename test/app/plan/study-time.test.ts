// How long a study takes, as a plan says it.
import { expect, it } from 'vitest';
import { UNKNOWN_TIME, timeFromSpeed, timeFromTrials } from '../../../src/app/plan/study-time.js';
import { fakeEvents } from '../../dashboard/support/fake-study.js';

const work = {
  imagesWithoutReuse: 0,
  imagesWithReuse: 0,
  // A thousand images through a frozen part of 23.9 M, and steps of as much as the probe's.
  frozen: 1000 * 23.9e6,
  multiplyAccumulates: 1000 * 23.9e6 + 1000 * 53.1e6,
  featureBytes: 0,
};
const measured = { work, speed: { forward: 100, training: 50 }, slots: 2, parallel: 4, isPruned: false };

it('follows from the work and the speeds of the probe', () => {
  // 1000 / (100 × 4) + 1000 / (50 × 2) seconds.
  expect(timeFromSpeed(measured)).toMatchObject({ low: 0.5 * 12.5, high: 4 * 12.5 });
});

it('may be shorter where trials are pruned, and no longer', () => {
  const [plain, pruned] = [timeFromSpeed(measured), timeFromSpeed({ ...measured, isPruned: true })];
  expect(pruned.low).toBeLessThan(plain.low ?? NaN);
  expect(pruned.high).toBe(plain.high);
});

it('is unknown where the engine was not measured', () =>
  expect(timeFromSpeed({ ...measured, speed: undefined })).toEqual(UNKNOWN_TIME));

it('comes from the trials where there are some, and is nothing once all have run', () => {
  const events = fakeEvents({ trials: 20, total: 40 });
  const now = events.at(-1)?.at ?? 0;
  const time = timeFromTrials(events, 2, now);
  expect(time?.basis).toContain('trials that have run');
  expect(time?.low).toBeGreaterThan(0);
  expect(time?.high).toBeGreaterThan(time?.low ?? NaN);
  expect(timeFromTrials([], 2, now)).toBeUndefined();
});
