// A slot that trains trial after trial holds its memory flat, in its thread and in the main one.
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, it } from 'vitest';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';
import { assignment, train } from './runner-contract.js';

const TRIALS = 500;
/** Until the compiler has seen everything. */
const WARM_UP = 500;
/** What each trial may leave behind: less than a listener, a port or an array would. */
const BYTES_PER_TRIAL = 500;

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

it('hundreds of trials leave nothing behind', async () => {
  const module = new URL('./trainers/measuring.mjs', import.meta.url).href;
  const runner = await PiscinaRunner.open({ trainer: { module }, slots: 1 });
  const { signal } = new AbortController();
  /** Bytes in use afterwards. */
  const trainMany = async (trials: number): Promise<{ main: number; thread: number }> => {
    for (let trial = 0; trial < trials; trial++) await train(runner, assignment('plain'), undefined, signal);
    const { reports } = await train(runner, assignment('measure'), undefined, signal);
    collect();
    collect();
    return { main: v8.getHeapStatistics().used_heap_size, thread: reports.at(-1)?.metrics['heap'] as number };
  };
  try {
    const before = await trainMany(WARM_UP);
    const after = await trainMany(TRIALS);
    expect((after.thread - before.thread) / TRIALS).toBeLessThan(BYTES_PER_TRIAL);
    expect((after.main - before.main) / TRIALS).toBeLessThan(BYTES_PER_TRIAL);
  } finally {
    await runner.close();
  }
});
