// What a trial costs beside its training: ask, thread round trip, judging, journal, folders, snapshot; everything durable as designed.
// Run: npx tsx bench/overhead.ts [trials]. A trainer that reports once and returns; one slot; random search, median pruner off.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepSnapshot } from '../src/controller/keep-snapshot.js';
import { LiveStudy } from '../src/controller/live-study.js';
import { runStudy } from '../src/controller/run-study.js';
import type { Pruner } from '../src/search/pruner.js';
import type { Sampler } from '../src/search/sampler.js';
import { RunDirectory } from '../src/store/run-directory.js';
import { layoutAt } from '../src/store/run-layout.js';
import { JOURNAL_VERSION } from '../src/study/events.js';
import { PiscinaRunner } from '../src/workers/piscina-runner.js';

const SIZES = [100, 1000, 10_000];
const WINDOW = 100;
const objective = { metric: 'f1', direction: 'maximize' } as const;
const TRAINER = 'export default async function* () { yield { epoch: 1, metrics: { f1: 0.5 } }; }';

const sampler: Sampler = {
  ask: (_, random) => ({
    parameters: { learningRate: random.next(), batchSize: 8 << random.integer(4), dropout: random.next() },
  }),
};
const pruner: Pruner = { judge: () => ({ action: 'continue', reason: 'pruning is off' }) };

/** Milliseconds between the ends of trials, for a study of so many. */
async function runOne(trials: number, scratch: string): Promise<number[]> {
  const module = join(scratch, 'train.mjs');
  writeFileSync(module, TRAINER);
  const run = await RunDirectory.open(layoutAt(join(scratch, `${trials}.run`)));
  const study = new LiveStudy({ objective, store: run.store, events: run.events });
  const finishSnapshot = keepSnapshot(study, 'overhead', run.snapshot);
  const runner = await PiscinaRunner.open({ trainer: { module }, slots: 1 });
  study.record({ type: 'created', version: JOURNAL_VERSION, study: { name: 'overhead', definition: {} } });
  const durations: number[] = [];
  let last = performance.now();
  study.subscribe(({ type }) => {
    if (type !== 'told') return;
    const now = performance.now();
    durations.push(now - last);
    last = now;
  });
  await runStudy({ study, sampler, pruner, runner, folders: run.trials, seed: 1, trials });
  await finishSnapshot();
  await runner.close();
  await run.close();
  return durations;
}

/** One write and one sync after the other: what waiting for the disk at every trial would cost at least. */
function syncFloor(scratch: string): number {
  const fd = openSync(join(scratch, 'floor'), 'a');
  const line = `${'x'.repeat(400)}\n`;
  const times = Array.from({ length: 200 }, () => {
    writeSync(fd, line);
    const began = performance.now();
    fdatasyncSync(fd);
    return performance.now() - began;
  });
  closeSync(fd);
  return median(times);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const show = (milliseconds: number): string => milliseconds.toFixed(3).padStart(8);

const scratch = mkdtempSync(join(tmpdir(), 'hpo-overhead-'));
try {
  await runOne(WINDOW, scratch); // warms up the compiler
  rmSync(join(scratch, `${WINDOW}.run`), { recursive: true });
  console.log('trials   mean ms   median   last 100   of the first 100');
  let first: number | undefined;
  for (const trials of SIZES.filter((size) => size <= Number(process.argv[2] ?? Infinity))) {
    const durations = await runOne(trials, scratch);
    const end = mean(durations.slice(-WINDOW));
    first ??= end;
    const ratio = `${(end / first).toFixed(2)}×`;
    console.log(
      String(trials).padStart(6),
      show(mean(durations)),
      show(median(durations)),
      show(end),
      ratio.padStart(12),
    );
  }
  console.log(`one fdatasync on this disk: ${show(syncFloor(scratch)).trim()} ms`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
