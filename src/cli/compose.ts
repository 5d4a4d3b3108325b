// The one place of the command line that chooses implementations: from a study file to everything that runs it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LiveStudy } from '../controller/live-study.js';
import { type Activity, runStudy } from '../controller/run-study.js';
import type { StudyControl } from '../controller/study-control.js';
import type { StudyEnd } from '../controller/study-end.js';
import { type SamplerOptions, createSampler } from '../search/create-sampler.js';
import { createPruner } from '../search/pruners/create-pruner.js';
import { RunDirectory } from '../store/run-directory.js';
import { type RunLayout, layoutOf } from '../store/run-layout.js';
import { snapshotOf } from '../store/snapshot.js';
import { JOURNAL_VERSION, type StudyRecord, type TrialEvent } from '../study/events.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';
import type { ResourcesConfiguration } from '../study/schema/study-schema.js';
import { SearchSpace } from '../study/space.js';
import type { Engine, EngineName } from '../trainer/engines/engine.js';
import { openEngine } from '../trainer/engines/open-engine.js';
import { PiscinaRunner } from '../workers/piscina-runner.js';
import { plannedTrials } from './planned-trials.js';
import { latestRecord } from './read-study.js';
import { type ChosenEngine, chooseEngine } from './setup/choose-engine.js';
import { largestValue } from './setup/field-values.js';
import { thisMachine, workersFor } from './setup/machine.js';
import { type PreparedTrainer, prepareTrainer } from './setup/prepare-trainer.js';
import { checkChanges } from './setup/study-changes.js';
import type { StudyFromFile } from './study-file.js';
import type { Outlet } from './terminal.js';

export interface SessionOptions {
  readonly workers: ResourcesConfiguration['workers'];
  readonly engine: ResourcesConfiguration['engine'];
  /** Puts an earlier run aside. */
  readonly fresh: boolean;
  /** Whether frozen features are kept. */
  readonly reuse: boolean;
  readonly progress: Outlet;
}

/** A study that is open in this process: locked, checked against its journal, its workers started. */
export interface StudySession {
  readonly definition: StudyDefinition;
  readonly layout: RunLayout;
  readonly study: LiveStudy;
  /** Of the study file. */
  readonly file: string;
  /** Events of earlier sessions. */
  readonly past: readonly TrialEvent[];
  /** Events that opening it added. */
  readonly opened: readonly TrialEvent[];
  readonly record: StudyRecord;
  readonly total: number;
  readonly workers: number;
  readonly engine?: EngineName;
  /** What a person should know of this session; no part of the study. */
  readonly notices: readonly string[];
  run(control: StudyControl, onActivity: (activity: Activity) => void): Promise<StudyEnd>;
  close(): Promise<void>;
}

/** The built-in trainer as the threads load it. */
const CNN_TRAINER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../trainer/cnn-trainer.ts' : '../trainer/cnn-trainer.js', import.meta.url),
);
/** Epochs of a trainer that nothing is known of; only rungs beyond it would be missed. */
const UNKNOWN_EPOCHS = 10_000;

/**
 * Opens the study to run it or to continue it. Nothing is recorded before everything that can be checked was.
 * @throws HpoError ERR_STUDY_LOCKED, ERR_STUDY_CHANGED, and whatever is wrong with data, weights, engine or trainer.
 */
export async function openSession(file: StudyFromFile, options: SessionOptions): Promise<StudySession> {
  const { definition } = file;
  const machine = thisMachine();
  const total = plannedTrials(definition);
  const workers = workersFor(options.workers, total, machine);
  const prepare = (): Promise<PreparedTrainer> =>
    prepareTrainer(file, {
      workers,
      machine,
      reuse: options.reuse,
      chooseEngine: () => chooseEngineFor(options.engine),
      builtIn: CNN_TRAINER,
      progress: options.progress,
    });
  const layout = layoutOf(file.file);
  const notices: string[] = [];
  if (options.fresh && existsSync(layout.journal)) notices.push(`the earlier run was put aside in ${layout.earlier}`);
  // An earlier run is only put aside for one that can begin.
  const early = options.fresh ? await prepare() : undefined;
  const directory = await RunDirectory.open(layout, { fresh: options.fresh });
  const closers: (() => Promise<void>)[] = [() => directory.close()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const before = latestRecord(directory.events);
    const hasTrials = directory.events.some(({ type }) => type === 'asked');
    // What can be refused without looking at images is refused first.
    if (before !== undefined) checkChanges(before, { name: definition.name, definition }, hasTrials);
    const trainer = early ?? (await prepare());
    const record: StudyRecord = { name: definition.name, definition, ...trainer.record };
    const changes = before === undefined ? [] : checkChanges(before, record, hasTrials);
    const runner = await PiscinaRunner.open({
      trainer: trainer.reference,
      slots: workers,
      onLog: (slot, line) => directory.log.write(`slot ${slot}: ${line}`),
    });
    closers.push(() => runner.close());

    const { objective, search } = definition;
    const study = new LiveStudy({ objective, store: directory.store, events: directory.events, place: layout.journal });
    const opened: TrialEvent[] = [];
    const stopCollecting = study.subscribe((event) => opened.push(event));
    if (before === undefined) study.record({ type: 'created', version: JOURNAL_VERSION, study: record });
    else if (changes.length > 0) study.record({ type: 'amended', study: record, changes });
    for (const warning of trainer.warnings) study.warn(warning);
    stopCollecting();

    const snapshot = (): ReturnType<typeof snapshotOf> => snapshotOf(definition.name, study.history);
    study.subscribe(({ type }) => {
      if (type === 'told' || type === 'asked') directory.snapshot.offer(snapshot);
    });
    closers.push(() => directory.snapshot.finish(snapshot));
    const { labels } = trainer;
    return {
      definition,
      layout,
      study,
      file: file.file,
      past: directory.events,
      opened,
      record,
      total,
      workers,
      ...(trainer.engine === undefined ? {} : { engine: trainer.engine }),
      notices: [...notices, ...trainer.notices],
      run: (control, onActivity) =>
        runStudy({
          study,
          sampler: createSampler(search as SamplerOptions, new SearchSpace(definition.space), objective, search.seed),
          pruner: createPruner(definition.pruner, objective, {
            epochs: largestValue(definition, 'epochs') || UNKNOWN_EPOCHS,
            headEpochs: largestValue(definition, 'unfreezeDepth') > 0 ? largestValue(definition, 'headEpochs') : 0,
            seed: search.seed,
            trials: total,
            ...(labels === undefined ? {} : { labels }),
          }),
          runner,
          folders: directory.trials,
          seed: search.seed,
          trials: search.trials,
          enqueue: search.enqueue,
          ...(search.confirm === undefined ? {} : { confirm: search.confirm }),
          maxFailuresInARow: definition.resources.maxFailuresInARow,
          control,
          onActivity,
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The engine that a study would train on. @throws HpoError ERR_ENGINE. */
export function chooseEngineFor(wanted: ResourcesConfiguration['engine']): Promise<ChosenEngine> {
  return chooseEngine(wanted, openEngine);
}

/** Opens the engine that a study would train on. The caller disposes it. @throws HpoError ERR_ENGINE. */
export async function openEngineFor(wanted: ResourcesConfiguration['engine']): Promise<Engine> {
  return openEngine((await chooseEngineFor(wanted)).name);
}
