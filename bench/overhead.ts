// What a trial costs beside its training: ask, thread round trip, deciding, journal, folders, snapshot; everything durable as designed.
// Run: npx tsx bench/overhead.ts [largest size]. A trainer that reports once and returns, in a worker thread; one slot. Then the same
// in a child process, with what each takes to start and to hold.
import { recordedDefinition } from '../src/study/schema/recorded-definition.js';
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepSnapshot } from '../src/controller/keep-snapshot.js';
import { LiveStudy } from '../src/controller/live-study.js';
import { runTrials } from '../src/controller/run-trials.js';
import { createSampler } from '../src/search/create-sampler.js';
import { createPruner } from '../src/search/pruners/create-pruner.js';
import { RunDirectory } from '../src/store/run-directory.js';
import { layoutAt } from '../src/store/run-layout.js';
import { JOURNAL_VERSION } from '../src/study/events.js';
import { SearchSpace } from '../src/study/space.js';
import { PiscinaRunner, type SlotSetup } from '../src/workers/piscina-runner.js';

const SIZES = [100, 1000, 10_000];
const WINDOW = 100;
const objective = { metric: 'f1', direction: 'maximize' } as const;
const SEED = 1;
const TRAINER = 'export default async function* ({ trial }) { yield { epoch: 1, metrics: { f1: Math.sin(trial) } }; }';

const space = new SearchSpace({
  learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
  batchSize: { type: 'choice', values: [8, 16, 32, 64], ordinal: true },
  dropout: { type: 'float', min: 0, max: 0.6, scale: 'linear' },
});

interface Timing {
  /** Of the whole study, everything on disk, over its trials. */
  readonly mean: number;
  /** Between the ends of trials. */
  readonly gaps: readonly number[];
  /** Until the slot is ready. */
  readonly start: number;
  /** Bytes of resident memory that the slot added, when it was ready. */
  readonly memory: number;
}

/** Bytes: of this process, and of the child, where there is one. */
function residentMemory(runner?: PiscinaRunner): number {
  const pid = runner?.state()[0]?.pid;
  const child = pid === undefined ? 0 : Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return process.memoryUsage.rss() + child * 1024;
}

/** Milliseconds of a study of so many trials. */
async function runOne(trials: number, scratch: string, kind: SlotSetup['kind'] = 'thread'): Promise<Timing> {
  const module = join(scratch, 'train.mjs');
  writeFileSync(module, TRAINER);
  const run = await RunDirectory.open(layoutAt(join(scratch, `${trials}.run`)));
  const memoryBefore = residentMemory();
  const opened = performance.now();
  const slot = { kind, env: {}, memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0 } };
  const runner = await PiscinaRunner.open({ trainer: { module }, slots: [slot] });
  const start = performance.now() - opened;
  const memory = residentMemory(runner) - memoryBefore;
  const began = performance.now();
  const study = new LiveStudy({ objective, store: run.store, events: run.events });
  const finishSnapshot = keepSnapshot(study, 'overhead', run.snapshot);
  study.record({
    type: 'created',
    version: JOURNAL_VERSION,
    study: { name: 'overhead', definition: recordedDefinition.parse({}) },
  });
  const gaps: number[] = [];
  let last = began;
  study.subscribe(({ type }) => {
    if (type !== 'told') return;
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  });
  const sampler = createSampler({ strategy: 'random' }, space, objective, SEED);
  const pruner = createPruner({ type: 'median', minEpochs: 1 }, objective, { epochs: 1, seed: SEED });
  await runTrials({ study, sampler, pruner, runner, folders: run.trials, seed: SEED, trials });
  await finishSnapshot();
  await run.close();
  const mean = (performance.now() - began) / trials;
  await runner.close();
  return { mean, gaps, start, memory };
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

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const show = (milliseconds: number): string => milliseconds.toFixed(3).padStart(8);

const scratch = mkdtempSync(join(tmpdir(), 'hpo-overhead-'));
try {
  await runOne(WINDOW, scratch); // warms up the compiler
  rmSync(join(scratch, `${WINDOW}.run`), { recursive: true });
  console.log('trials   mean ms   median   median of the last 100   against the first 100');
  let first: number | undefined;
  for (const trials of SIZES.filter((size) => size <= Number(process.argv[2] ?? Infinity))) {
    const { mean, gaps } = await runOne(trials, scratch);
    const end = median(gaps.slice(-WINDOW));
    first ??= end;
    const ratio = `${(end / first).toFixed(2)}×`;
    const cells = [String(trials).padStart(6), show(mean), show(median(gaps)), show(end).padStart(24)];
    console.log(...cells, ratio.padStart(23));
  }
  console.log('\nslot       mean ms   median   start ms   memory MB');
  for (const kind of ['thread', 'process', 'thread', 'process'] as const) {
    rmSync(join(scratch, '1000.run'), { recursive: true, force: true });
    const { mean, gaps, start, memory } = await runOne(1000, scratch, kind);
    const cells = [
      show(mean),
      show(median(gaps)),
      start.toFixed(0).padStart(10),
      (memory / 1e6).toFixed(0).padStart(11),
    ];
    console.log(kind.padEnd(8), ...cells);
  }
  console.log(`one fdatasync of this disk, waited for: ${show(syncFloor(scratch)).trim()} ms`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
