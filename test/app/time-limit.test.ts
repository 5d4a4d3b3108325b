// A run that may take so long and no longer.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { limitTime } from '../../src/app/time-limit.js';
import { StudyControl } from '../../src/controller/study-control.js';
import type { TrialEvent } from '../../src/study/events.js';
import { play } from '../controller/scene.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

it('a study is stopped when its time is up, and not before', () => {
  const control = new StudyControl();
  limitTime(control, 60);
  vi.advanceTimersByTime(59_999);
  expect([control.phase, control.outOfTime]).toEqual(['running', false]);
  vi.advanceTimersByTime(1);
  expect([control.phase, control.outOfTime]).toEqual(['stopping', true]);
});

it('a limit may be longer than a timer can wait', () => {
  const control = new StudyControl();
  const weeks = 5 * 7 * 24 * 3600;
  limitTime(control, weeks);
  vi.advanceTimersByTime(1000 * weeks - 1);
  expect(control.phase).toBe('running');
  vi.advanceTimersByTime(1);
  expect(control.phase).toBe('stopping');
});

it('a limit that is lifted, or that there is none of, stops nothing', () => {
  const control = new StudyControl();
  limitTime(control, 60)();
  limitTime(control, undefined);
  vi.advanceTimersByTime(120_000);
  expect(control.phase).toBe('running');
  expect(vi.getTimerCount()).toBe(0);
});

it('a study that a person stopped was stopped by that person', () => {
  const control = new StudyControl();
  control.stop();
  control.endTime();
  expect(control.outOfTime).toBe(false);
});

it('a study whose time is up says so, and records the same as an undisturbed one when it goes on', async () => {
  vi.useRealTimers();
  const whole = await play({ trials: 5 });
  const control = new StudyControl();
  const cut = await play({
    trials: 5,
    control,
    onEvent: (event) => {
      if (event.type === 'reported' && event.trial === 2) control.endTime();
    },
  });
  expect(cut.end).toEqual({
    reason: 'outOfTime',
    message: 'the time is up: 2 of 3 trials ended; everything is kept, run it again to continue',
  });
  const before = cut.events.map((event) => ({ ...(event as TrialEvent), at: 1 }));
  expect((await play({ trials: 5, before })).events).toEqual(whole.events);
});
