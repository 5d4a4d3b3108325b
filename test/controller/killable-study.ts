// A whole study in a process of its own, to be killed and run again: node killable-study.ts <run folder> [batched]; see kill.test.ts.
import { definitionOf } from '../study/definitions.js';
import { keepSnapshot } from '../../src/controller/keep-snapshot.js';
import { LiveStudy } from '../../src/controller/live-study.js';
import { type BatchRule, runTrials } from '../../src/controller/run-trials.js';
import type { Pruner } from '../../src/search/pruner.js';
import type { Sampler } from '../../src/search/sampler.js';
import { RunDirectory } from '../../src/store/run-directory.js';
import { layoutAt } from '../../src/store/run-layout.js';
import { JOURNAL_VERSION } from '../../src/study/events.js';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';

const sampler: Sampler = {
  ask: ({ best }, random) => ({
    parameters: { x: random.next() + (best?.best?.value ?? 0) / 10 },
    note: `beyond ${best?.number ?? 'nothing'}`,
  }),
};

/** Drops a trial that is worse than the best one was at its epoch, from the second epoch on. */
const pruner: Pruner = {
  decide({ reports }, { best }) {
    const epoch = reports.length;
    const mark = best?.reports[epoch - 1]?.metrics['score'] ?? -Infinity;
    const score = reports[epoch - 1]?.metrics['score'] ?? -Infinity;
    return { action: epoch > 1 && score < mark - 0.3 ? 'prune' : 'continue', reason: `${score} against ${mark}` };
  },
};

const batches: BatchRule = { early: true, most: () => 4, fits: () => true };

const run = await RunDirectory.open(layoutAt(process.argv[2] as string));
const objective = { metric: 'score', direction: 'maximize' } as const;
const study = new LiveStudy({ objective, store: run.store, events: run.events, place: run.layout.journal });
if (run.events.length === 0) {
  study.record({ type: 'created', version: JOURNAL_VERSION, study: { name: 'killable', definition: definitionOf() } });
}
const finishSnapshot = keepSnapshot(study, 'killable', run.snapshot);
const module = new URL('./checkpointing-trainer.mjs', import.meta.url).href;
const runner = await PiscinaRunner.open({ trainer: { module }, slots: 1 });
const running = run.wasCutOff ? study.history.trials.filter(({ state }) => state === 'running') : [];
const end = await runTrials({
  ...{ study, sampler, pruner, runner, folders: run.trials, seed: 3, trials: 60 },
  suspects: new Set(running.map(({ number }) => number)),
  ...(process.argv[3] === 'batched' ? { batches } : {}),
});
await finishSnapshot();
await runner.close();
await run.close();
process.exitCode = end.reason === 'finished' ? 0 : 1;
