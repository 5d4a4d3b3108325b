// What a report and a trial cost over a queue beside local slots, at 1, 16 and 200 slots, on Redis and PostgreSQL; and the controller's share of a processor.
// Run: npm run bench -- cluster [redis|postgres [optuna]]. Servers start on loopback; all slots are those of one worker process whose trainer does nothing,
// so every number is time that is not training. On a busy machine look at processor time. At last, on PostgreSQL, the same beside Optuna's
// relational storage with as many processes (HPO_PYTHON with optuna and psycopg2).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LiveStudy } from '../src/controller/live-study.js';
import { runTrials } from '../src/controller/run-trials.js';
import type { Pruner } from '../src/search/pruner.js';
import type { Sampler } from '../src/search/sampler.js';
import { MemoryStore } from '../src/store/memory-store.js';
import { TrialFolders } from '../src/store/trial-folders.js';
import { JOURNAL_VERSION, type TrialEvent } from '../src/study/events.js';
import { recordedDefinition } from '../src/study/schema/recorded-definition.js';
import type { TrialRunner } from '../src/study/trial-runner.js';
import { PiscinaRunner } from '../src/workers/piscina-runner.js';
import { Processes } from '../test/cluster/support/processes.js';
import { openController, studyForWorkers } from '../test/cluster/support/scene.js';
import { SERVERS } from '../test/cluster/support/servers.js';
import { hasPython, runPeer } from './python.js';

const TRAINER = new URL('../test/cluster/support/steady-trainer.mjs', import.meta.url).href;
const SLOTS = [1, 16, 200];
const EPOCHS = 5;
/** Seconds for which 200 slots report once a second. */
const PACED = 10;
/** Of the comparison with Optuna. */
const [PROCESSES, TRIALS] = [4, 200];

const sampler: Sampler = { ask: (_, random) => ({ parameters: { x: random.next() } }) };
const pruner: Pruner = { decide: () => ({ action: 'continue', reason: '' }) };
const created: TrialEvent = {
  type: 'created',
  version: JOURNAL_VERSION,
  study: { name: 'bench', definition: recordedDefinition.parse({}) },
  at: 0,
};

interface Cost {
  /** Milliseconds between two reports of a slot, and of the controller's processor time for each report. */
  readonly wall: number;
  readonly processor: number;
  /** Of one processor. */
  readonly share: number;
  /** Milliseconds of the workers' processor time for each report, where /proc tells. */
  readonly workers?: number;
}

async function measure(runner: TrialRunner, trials: number): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-bench-'));
  const study = new LiveStudy({
    objective: { metric: 'score', direction: 'maximize' },
    store: new MemoryStore([created]),
    events: [created],
  });
  const [began, before] = [performance.now(), process.cpuUsage()];
  await runTrials({
    study,
    sampler,
    pruner,
    runner,
    folders: new TrialFolders(join(folder, 'trials')),
    seed: 1,
    trials,
  });
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  rmSync(folder, { recursive: true, force: true });
  const reports = trials * EPOCHS;
  const busy = (user + system) / 1000;
  return { wall: (wall * Math.min(runner.slots, trials)) / reports, processor: busy / reports, share: busy / wall };
}

/** Milliseconds of a process's processor time so far. */
function processorOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}

function print(name: string, { wall, processor, share }: Cost): void {
  const cells = [
    `${wall.toFixed(2)} ms a report in its slot`,
    `${processor.toFixed(2)} ms of the controller's processor`,
  ];
  console.log(`${name.padEnd(22)} ${cells.join(', ')} (${Math.round(100 * share)} % of one)`);
}

// With locks as long as those of studies.
process.env['HPO_TEST_PACE'] = 'real';
const [wanted, part] = process.argv.slice(2);
console.log(`trials of ${EPOCHS} epochs that do nothing`);
for (const slots of part === 'optuna' ? [] : SLOTS.slice(0, 2)) {
  process.env['HPO_TEST_PAUSE'] = '0';
  const runner = await PiscinaRunner.open({ trainer: { module: TRAINER }, slots });
  print(`local, ${slots} slots`, await measure(runner, Math.max(20, 3 * slots)));
  await runner.close();
}
for (const kind of SERVERS) {
  if (wanted !== undefined && wanted !== kind.name) continue;
  if (kind.missing !== undefined) {
    console.log(`${kind.name}: skipped, ${kind.missing}`);
    continue;
  }
  const server = await kind.open();
  try {
    if (part !== 'optuna') {
      for (const slots of SLOTS) await remote(kind.name, server.url, slots, 0);
      await remote(`${kind.name}, 1 report/s`, server.url, 200, 1000);
    }
    if (kind.name === 'postgres') await besideOptuna(server.url);
  } finally {
    await server.remove();
  }
}

async function remote(name: string, url: string, slots: number, pause: number): Promise<void> {
  const trials = pause > 0 ? Math.ceil((slots * PACED) / EPOCHS) : Math.max(20, 3 * slots);
  print(`${name}, ${slots} slots`, await measureWorkers(url, { workers: 1, slots, pause, trials }));
}

/** A trial of ours and one of Optuna, each with as many reports. */
async function besideOptuna(url: string): Promise<void> {
  if (!hasPython('optuna', 'psycopg2')) return;
  const own = await measureWorkers(url, { workers: PROCESSES, slots: 1, pause: 0, trials: TRIALS });
  const storage = url.replace('postgres://', 'postgresql+psycopg2://');
  const peer = runPeer<Pick<Cost, 'wall' | 'processor'>>('optuna_rdb', storage, PROCESSES, TRIALS, EPOCHS);
  const of = (cost: Pick<Cost, 'wall' | 'processor'>): string =>
    `${cost.wall.toFixed(0)} ms a trial in its process, ${cost.processor.toFixed(1)} ms of processor`;
  console.log(`${PROCESSES} processes on postgres, ${TRIALS} trials of ${EPOCHS} reports`);
  const ownTrial = { wall: own.wall * EPOCHS, processor: (own.processor + (own.workers ?? 0)) * EPOCHS };
  console.log(`  hpo (controller and workers)  ${of(ownTrial)}`);
  console.log(`  Optuna                        ${of(peer)}`);
}

interface Scene {
  readonly workers: number;
  /** Of each. */
  readonly slots: number;
  /** Milliseconds of an epoch. */
  readonly pause: number;
  readonly trials: number;
}

async function measureWorkers(url: string, { workers, slots, pause, trials }: Scene): Promise<Cost> {
  const processes = new Processes({ HPO_TEST_PAUSE: String(pause) });
  const study = studyForWorkers();
  const controller = await openController(url, { study });
  try {
    const started = Array.from({ length: workers }, (_, i) => processes.worker(url, study.id, slots, `bench ${i}`));
    const gone = started.map(async ({ ended, said }) => {
      await ended;
      throw new Error(`a worker ended before its study: ${said()}`);
    });
    for (const one of gone) one.catch(() => {}); // raced below, and killed at the end
    while (controller.slots < workers * slots) await Promise.race([delay(50), ...gone]);
    const used = (): number => started.reduce((sum, { child }) => sum + processorOf(child.pid), 0);
    const before = used();
    const cost = await Promise.race([measure(controller, trials), ...gone]);
    return { ...cost, workers: (used() - before) / (trials * EPOCHS) };
  } finally {
    await controller.close();
    await processes.endAll();
  }
}
