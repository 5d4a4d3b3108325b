// What reading features cost: seconds on the test's own clock, and work from report to report.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openEngine } from '../../src/engines/open-engine.js';
import { FeatureCounter, TrialWork } from '../../src/features/feature-counter.js';
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

describe('a feature counter', () => {
  it('counts seconds of several tasks at once as one, and idle seconds not at all', async () => {
    let milliseconds = 0;
    const counter = new FeatureCounter(() => milliseconds);
    const begin = (compute: () => Promise<void>): Promise<void> => counter.timed(compute);
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

  it('gives each report the work since the last one', () => {
    const counter = new FeatureCounter();
    const [work, other] = [new TrialWork(counter), new TrialWork(counter)];
    work.need(5);
    other.need(7);
    counter.computed = 3;
    counter.computing.seconds = 0.5;
    counter.running.seconds = 2;
    expect(work.take()).toEqual({ needed: 5, computed: 3, seconds: 0.5, running: 2 });
    work.need(4);
    counter.computing.seconds = 1.25;
    expect(work.take()).toEqual({ needed: 4, computed: 0, seconds: 0.75, running: 0 });
    expect(other.take()).toEqual({ needed: 7, computed: 0, seconds: 0, running: 0 });
    expect(work.take()).toEqual({ needed: 0, computed: 0, seconds: 0, running: 0 });
  });

  it('counts no more seconds than pass while several trials compute features', async () => {
    const engine = await openEngine('onnx');
    const root = await mkdtemp(join(tmpdir(), 'hpo-counter-'));
    let milliseconds = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (milliseconds += 1000));
    try {
      const { stored, fresh, counter } = await openSigns(engine, root);
      const views = [0, 1, 2].map((number) => ({ split: 'train', strategy: 'flip', number }) as const);
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
