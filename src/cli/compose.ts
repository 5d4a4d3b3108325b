// The one place of the command line that chooses implementations: from a study file to everything that runs it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beginStudy, checkContinuation } from '../controller/begin-study.js';
import type { ConfirmOptions } from '../controller/confirmation.js';
import { latestRecord } from '../controller/warm-start.js';
import { keepSnapshot } from '../controller/keep-snapshot.js';
import type { LiveStudy } from '../controller/live-study.js';
import { type LaneRule, runStudy } from '../controller/run-study.js';
import { type SamplerOptions, createSampler } from '../search/create-sampler.js';
import type { Pruner } from '../search/pruner.js';
import { createPruner } from '../search/pruners/create-pruner.js';
import type { Sampler } from '../search/sampler.js';
import { RunDirectory } from '../store/run-directory.js';
import { layoutOf } from '../store/run-layout.js';
import type { StudyRecord, TrialEvent } from '../study/events.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';
import type { ResourcesConfiguration } from '../study/schema/study-schema.js';
import { SearchSpace } from '../study/space.js';
import { wantsBaseline } from '../study/wants-baseline.js';
import type { Engine, EngineName } from '../engines/engine.js';
import { openEngine } from '../engines/open-engine.js';
import { plannedTrials } from '../study/planned-trials.js';
import { openRunner } from '../workers/open-runner.js';
import type { SessionOptions, StudySession } from './run/study-session.js';
import { chooseEngineFor } from './setup/engine-sources.js';
import { largestValue } from './setup/field-values.js';
import { thisMachine } from './setup/machine.js';
import { laneRule } from './setup/lanes.js';
import { type PreparedTrainer, prepareTrainer } from './setup/prepare-trainer.js';
import { studySlots } from './setup/study-slots.js';
import { describeWarmStart, recordWarmStart } from './setup/warm-start.js';
import type { StudyFromFile } from './study-file.js';

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
  const total = plannedTrials(definition);
  const layout = layoutOf(file.file);
  const isReplacing = options.fresh && existsSync(layout.journal);
  // An earlier run is only put aside for one that can begin.
  const early = isReplacing ? await prepare(file, options, total) : undefined;
  const directory = await RunDirectory.open(layout, { fresh: options.fresh });
  const closers = [(): Promise<void> => directory.close()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const { name } = definition;
    // What can be refused without looking at images is refused first.
    checkContinuation({ name, definition }, directory.events, layout.journal);
    const warmStart = await recordWarmStart(file, directory.events);
    const known = describeWarmStart(definition, warmStart);
    const began = latestRecord(directory.events)?.engine as EngineName | undefined;
    const trainer = early ?? (await prepare(file, options, total, began));
    const record: StudyRecord = { name, definition, ...trainer.record, ...warmStart };
    checkContinuation(record, directory.events, layout.journal);
    const { epochTimeout, memoryPerTrial } = definition.resources;
    const slots = await openRunner({
      trainer: trainer.reference,
      slots: trainer.slots,
      onLog: (line) => directory.log.write(line),
      ...{ epochTimeout, memoryPerTrial },
    });
    closers.push(() => slots.close());
    const { study, opened } = begin(record, directory, [...trainer.warnings, ...known.warnings]);
    closers.push(keepSnapshot(study, name, directory.snapshot));
    return {
      ...{ file: file.file, definition, record, layout, study, past: directory.events, opened, total },
      slots: trainer.slots,
      ...(trainer.engine === undefined ? {} : { engine: trainer.engine }),
      notices: [
        ...(isReplacing ? [`the earlier run was put aside in ${layout.earlier}`] : []),
        ...trainer.notices,
        ...known.notices,
      ],
      run: (control, onActivity) => {
        slots.measure((utilisation) => onActivity({ type: 'measured', utilisation }));
        return runStudy({
          ...searchOf(record, total, trainer.labels),
          baseline: wantsBaseline(definition),
          study,
          runner: slots.runner,
          folders: directory.trials,
          suspects: suspectsOf(directory, study),
          ...lanesOf(definition, trainer),
          maxFailuresInARow: definition.resources.maxFailuresInARow,
          control,
          onActivity,
        });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Prepared = Promise<PreparedTrainer>;

function prepare(file: StudyFromFile, options: SessionOptions, trials: number, began?: EngineName): Prepared {
  const machine = thisMachine();
  const { resources } = file.definition;
  return prepareTrainer(file, {
    machine,
    planSlots: (engine) => studySlots({ resources, workers: options.workers, trials, machine }, engine),
    reuse: options.reuse,
    chooseEngine: (meanwhile) => chooseEngineFor(options.engine, { began, progress: options.progress, meanwhile }),
    builtIn: CNN_TRAINER,
    progress: options.progress,
  });
}

function lanesOf(definition: StudyDefinition, { engine, record }: PreparedTrainer): { readonly lanes?: LaneRule } {
  if (engine === undefined || record.images === undefined) return {};
  const lanes = laneRule(definition, record.images.classes.length, engine);
  return lanes === undefined ? {} : { lanes };
}

/** The study, with what is recorded before its first trial. */
function begin(
  record: StudyRecord,
  { store, events, layout }: RunDirectory,
  warnings: readonly string[],
): { study: LiveStudy; opened: TrialEvent[] } {
  const opened: TrialEvent[] = [];
  const { objective } = record.definition as StudyDefinition;
  let isOpening = true;
  const onlooker = (event: TrialEvent): void => {
    if (isOpening) opened.push(event);
  };
  const study = beginStudy(record, { objective, store, events, place: layout.journal, onlooker });
  for (const warning of warnings) study.warn(warning);
  isOpening = false;
  return { study, opened };
}

/** Trials that were in a slot when an earlier process died: any of them may have been the reason. */
function suspectsOf({ wasCutOff }: RunDirectory, { history }: LiveStudy): ReadonlySet<number> {
  const running = wasCutOff ? history.trials.filter(({ state }) => state === 'running') : [];
  return new Set(running.map(({ number }) => number));
}

export interface Search {
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly seed: number;
  readonly trials: number;
  readonly enqueue: StudyDefinition['search']['enqueue'];
  readonly confirm?: ConfirmOptions;
}

/** @param labels the class of each validation image. */
export function searchOf(record: StudyRecord, total: number, labels: readonly number[] | undefined): Search {
  const definition = record.definition as StudyDefinition;
  const { search, objective, pruner } = definition;
  const { seed, trials, enqueue, confirm } = search;
  const hasHeadPhase = largestValue(definition, 'unfreezeDepth') > 0;
  return {
    sampler: createSampler(samplerOptions(record), new SearchSpace(definition.space), objective, seed),
    pruner: createPruner(pruner, objective, {
      epochs: largestValue(definition, 'epochs') || UNKNOWN_EPOCHS,
      headEpochs: hasHeadPhase ? largestValue(definition, 'headEpochs') : 0,
      seed,
      trials: total,
      ...(labels === undefined ? {} : { labels }),
    }),
    ...{ seed, trials, enqueue },
    ...(confirm === undefined ? {} : { confirm }),
  };
}

function samplerOptions({ definition, warmStart }: StudyRecord): SamplerOptions {
  const { warmStart: _, ...search } = (definition as StudyDefinition).search;
  return { ...search, ...(warmStart === undefined ? {} : { warmStart }) } as SamplerOptions;
}

/** Opens the engine that a study would train on. The caller disposes it. @throws HpoError ERR_ENGINE. */
export async function openEngineFor(wanted: ResourcesConfiguration['engine']): Promise<Engine> {
  return openEngine((await chooseEngineFor(wanted)).name);
}
