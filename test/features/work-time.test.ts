// Seconds of computing features, on a clock of the test's own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openEngine } from '../../src/engines/open-engine.js';
import { timed } from '../../src/features/work-time.js';
import { readAll } from './support/read-all.js';
import { openSigns } from './support/signs.js';

interface Task {
  readonly compute: () => Promise<void>;
  readonly end: () => void;
  readonly fail: () => void;
}

/** Something that computes until it is told to end. */
function task(): Task {
  let [end, fail] = [(): void => {}, (): void => {}];
  const ended = new Promise<void>((resolve, reject) => {
    [end, fail] = [resolve, () => reject(new Error('failed'))];
  });
  return { compute: () => ended, end, fail };
}

describe('seconds', () => {
  it('of several at once count once, and idle ones not at all', async () => {
    const counter = { needed: 0, computed: 0, seconds: 0 };
    let milliseconds = 0;
    const begin = (compute: () => Promise<void>): Promise<void> => timed(counter, compute, () => milliseconds);
    const [first, second, third] = [task(), task(), task()];
    const running = begin(first.compute);
    milliseconds = 1000;
    const beside = begin(second.compute);
    milliseconds = 3000;
    first.end();
    await running;
    expect(counter.seconds).toBe(3);
    milliseconds = 4000;
    second.fail();
    await expect(beside).rejects.toThrow('failed');
    expect(counter.seconds).toBe(4);
    milliseconds = 9000;
    const later = begin(third.compute);
    milliseconds = 9500;
    third.end();
    await later;
    expect(counter.seconds).toBe(4.5);
  });

  it('of trials that compute features side by side are no more than passed', async () => {
    const engine = await openEngine('onnx');
    const root = await mkdtemp(join(tmpdir(), 'hpo-work-time-'));
    let milliseconds = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (milliseconds += 1000));
    try {
      const { stored, fresh, counter } = await openSigns(engine, root);
      const views = [0, 1, 2].map((view) => ({ split: 'train', strategy: 'flip', view }) as const);
      const began = milliseconds;
      await Promise.all([stored, fresh].flatMap((source) => views.map((view) => readAll(source, 2, view))));
      expect(counter.computed).toBe(2 * 3 * 40);
      expect(counter.seconds).toBeGreaterThan(0);
      expect(counter.seconds).toBeLessThanOrEqual((milliseconds - began) / 1000);
    } finally {
      clock.mockRestore();
      await rm(root, { recursive: true, force: true });
      await engine.dispose();
    }
  });
});
