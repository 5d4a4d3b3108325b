// What a report and a trial cost over a queue beside local slots, at 1, 16 and 200 slots, on Redis and PostgreSQL; and the controller's share of a processor.
// Run: npm run bench -- cluster [redis|postgres]. Servers start on loopback; all slots are those of one worker process whose trainer does nothing,
// so every number is time that is not training. On a busy machine look at processor time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const TRAINER = new URL('../test/cluster/support/steady-trainer.mjs', import.meta.url).href;
const SLOTS = [1, 16, 200];
const EPOCHS = 5;
/** Seconds for which 200 slots report once a second. */
const PACED = 10;

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

function print(name: string, { wall, processor, share }: Cost): void {
  const cells = [
    `${wall.toFixed(2)} ms a report in its slot`,
    `${processor.toFixed(2)} ms of the controller's processor`,
  ];
  console.log(`${name.padEnd(22)} ${cells.join(', ')} (${Math.round(100 * share)} % of one)`);
}

console.log(`trials of ${EPOCHS} epochs that do nothing`);
for (const slots of SLOTS.slice(0, 2)) {
  process.env['HPO_TEST_PAUSE'] = '0';
  const runner = await PiscinaRunner.open({ trainer: { module: TRAINER }, slots });
  print(`local, ${slots} slots`, await measure(runner, Math.max(20, 3 * slots)));
  await runner.close();
}
for (const kind of SERVERS) {
  const wanted = process.argv[2];
  if (wanted !== undefined && wanted !== kind.name) continue;
  if (kind.missing !== undefined) {
    console.log(`${kind.name}: skipped, ${kind.missing}`);
    continue;
  }
  const server = await kind.open();
  try {
    for (const slots of SLOTS) await remote(kind.name, server.url, slots, 0);
    await remote(`${kind.name}, 1 report/s`, server.url, 200, 1000);
  } finally {
    await server.remove();
  }
}

async function remote(name: string, url: string, slots: number, pause: number): Promise<void> {
  const processes = new Processes({ HPO_TEST_PAUSE: String(pause) });
  const study = studyForWorkers();
  const controller = await openController(url, { study });
  try {
    processes.worker(url, study.id, slots, 'bench');
    await controller.waitForWorker();
    const trials = pause > 0 ? Math.ceil((slots * PACED) / EPOCHS) : Math.max(20, 3 * slots);
    print(`${name}, ${slots} slots`, await measure(controller, trials));
  } finally {
    await controller.close();
    await processes.endAll();
  }
}
