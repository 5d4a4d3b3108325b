// A slot that trains trial after trial holds its memory flat, in its thread and in the main one.
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, it } from 'vitest';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';
import { assignment, train } from './runner-contract.js';

const TRIALS = 300;
/** A leak grows in every round; what the compiler keeps grows in some. */
const ROUNDS = 5;
/** What each trial may leave behind in the best round: less than a listener, a port or an array would. */
const BYTES_PER_TRIAL = 200;

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

it('hundreds of trials leave nothing behind', async () => {
  const module = new URL('./trainers/measuring.mjs', import.meta.url).href;
  const runner = await PiscinaRunner.open({ trainer: { module }, slots: 1 });
  const { signal } = new AbortController();
  /** Bytes in use afterwards. */
  const trainMany = async (trials: number): Promise<{ main: number; thread: number }> => {
    for (let trial = 0; trial < trials; trial++) await train(runner, assignment('plain'), { signal });
    const { reports } = await train(runner, assignment('measure'), { signal });
    collect();
    collect();
    return { main: v8.getHeapStatistics().used_heap_size, thread: reports.at(-1)?.metrics['heap'] as number };
  };
  try {
    const used: { main: number; thread: number }[] = [];
    for (let round = 0; round <= ROUNDS; round++) used.push(await trainMany(TRIALS));
    const leastGrowth = (where: 'main' | 'thread'): number =>
      Math.min(...used.slice(1).map((now, round) => now[where] - (used[round]?.[where] ?? 0))) / TRIALS;
    expect(leastGrowth('thread')).toBeLessThan(BYTES_PER_TRIAL);
    expect(leastGrowth('main')).toBeLessThan(BYTES_PER_TRIAL);
  } finally {
    await runner.close();
  }
});
