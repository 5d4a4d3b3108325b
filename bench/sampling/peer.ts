// The same runs by one of Optuna's samplers, kept in a folder where one is named: they take hours.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPeer } from '../python.js';
import type { Problem } from './problems.js';
import { MODES, type Mode, type Run } from './run.js';

/** One run a seed, `seeds` in order and without gaps. Runs that `folder` has are read, the others made and put there. */
export function peerRuns(
  sampler: string,
  problem: Problem,
  mode: Mode,
  trials: number,
  seeds: readonly number[],
  folder: string | undefined,
): Run[] {
  const path = (seed: number) => join(folder ?? '', `${sampler}-${problem.name}-${mode}-${trials}-${seed}.json`);
  const kept = seeds.map((seed) => (folder === undefined ? undefined : read(path(seed))));
  const [first, last] = [kept.indexOf(undefined), kept.lastIndexOf(undefined)];
  if (first < 0) return kept.flatMap((run) => run ?? []);
  const [noisy, inFlight] = MODES[mode];
  const options = [sampler, problem.name, noisy ? 1 : 0, inFlight, trials, last - first + 1, seeds[first] ?? 0];
  const { runs } = runPeer<{ runs: Run[] }>('optuna_samplers', ...options);
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    runs.forEach((run, i) => writeFileSync(path(seeds[first + i] ?? 0), JSON.stringify(run)));
  }
  return seeds.flatMap((_, i) => runs[i - first] ?? kept[i] ?? []);
}

function read(path: string): Run | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Run;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
