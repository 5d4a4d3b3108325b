// Questions while the server takes none: each waits for it in one way only.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RoundTrips } from '../../src/cluster/round-trips.js';
import { fakeLink } from './support/fake-link.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a question that the server does not take is asked once a second, however long that lasts', async () => {
  let [tries, isAway] = [0, true];
  const answer = (): object => {
    tries++;
    if (isAway) throw new Error('READONLY');
    return { type: 'noted' };
  };
  const trips = new RoundTrips(fakeLink({ answer }), 'reports');
  const asking = trips.ask({ type: 'bye', worker: 'w' });
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(tries).toBeLessThanOrEqual(3601);
  isAway = false;
  await vi.advanceTimersByTimeAsync(2000);
  expect(await asking).toEqual({ type: 'noted' });
  const closing = trips.close();
  await vi.advanceTimersByTimeAsync(2000);
  await closing;
});
