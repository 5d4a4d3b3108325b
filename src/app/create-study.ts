// A study for people who bring their own training loop, sampler or pruner: ask for parameters, tell what came of them.
import { resolve } from 'node:path';
import { beginStudy } from '../controller/begin-study.js';
import { keepSnapshot } from '../controller/keep-snapshot.js';
import { type OwnLoopOptions, OwnLoopStudy } from '../controller/own-loop-study.js';
import { latestRecord, trialsToBeginWith } from '../controller/warm-start.js';
import { type SamplerOptions, createSampler } from '../search/create-sampler.js';
import type { Pruner } from '../search/pruner.js';
import { createPruner } from '../search/pruners/create-pruner.js';
import type { Sampler } from '../search/sampler.js';
import { MemoryStore } from '../store/memory-store.js';
import { RunDirectory } from '../store/run-directory.js';
import { layoutAt } from '../store/run-layout.js';
import type { StudyRecord, TrialEvent } from '../study/events.js';
import type { History } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import type { PrunerOptions } from '../study/pruner-options.js';
import { type StudyDefinition, parseStudy } from '../study/schema/parse-study.js';
import { SearchSpace } from '../study/space.js';
import type { StudyInput } from './files/study-file.js';

export interface CreateStudyOptions {
  /** Default: 'study'. */
  readonly name?: string;
  /** As in study.json: `{ x: { type: 'float', min: 0, max: 1 } }`. */
  readonly space: StudyInput['space'];
  /** As in study.json: strategy, seed, parameters to try first. */
  readonly search?: Omit<NonNullable<StudyInput['search']>, 'trials' | 'warmStart'>;
  /** Another study, such as one that `createStudy` opened: the model of bayesian and tpe begins with its trials. */
  readonly warmStart?: { readonly history: History };
  /** A sampler of your own instead of `search.strategy`. */
  readonly sampler?: Sampler;
  /** As in study.json, or a pruner of your own. Default: median. */
  readonly pruner?: PrunerOptions | Pruner;
  /** Default: maximize 'value'. */
  readonly objective?: Partial<Objective>;
  /** Trials in total, also when the study is continued. Default: no end. */
  readonly trials?: number;
  /** Epochs of a full trial; pruners with rungs want to know. */
  readonly epochs?: number;
  /** A folder in which the study is kept, and continued from when it is created again. Default: memory. */
  readonly directory?: string;
}

/** The most that a study file may say. */
const MAX_TRIALS = 1_000_000;
/** Only rungs beyond it would be missed. */
const UNKNOWN_EPOCHS = 10_000;

/**
 * Creates a study, or opens the one in `directory` to continue it.
 * @throws HpoError ERR_STUDY_INVALID, listing everything that is wrong with the options; ERR_STUDY_CHANGED where the study in the
 * directory cannot be continued with them; ERR_STUDY_LOCKED while another process has it open.
 */
export async function createStudy(options: CreateStudyOptions): Promise<OwnLoopStudy> {
  const definition = definitionOf(options);
  const { name, objective } = definition;
  if (options.directory === undefined) {
    const record = { name, definition, ...warmStartOf(options, definition, []) };
    const study = beginStudy(record, { objective, store: new MemoryStore(), events: [] });
    return OwnLoopStudy.open({ ...searchOf(options, record), study, close: () => Promise.resolve() });
  }
  const run = await RunDirectory.open(layoutAt(resolve(options.directory)));
  try {
    const { store, events, trials: folders, layout } = run;
    const record = { name, definition, ...warmStartOf(options, definition, events) };
    const study = beginStudy(record, { objective, store, events, place: layout.journal });
    const finishSnapshot = keepSnapshot(study, name, run.snapshot);
    const close = (): Promise<void> => finishSnapshot().finally(() => run.close());
    return await OwnLoopStudy.open({ ...searchOf(options, record), study, folders, close });
  } catch (error) {
    await run.close();
    throw error;
  }
}

function searchOf(
  { sampler, pruner, trials = Infinity, epochs = UNKNOWN_EPOCHS }: CreateStudyOptions,
  { name, definition, warmStart = [] }: StudyRecord,
): Pick<OwnLoopOptions, 'name' | 'seed' | 'trials' | 'enqueue' | 'sampler' | 'pruner'> {
  const { objective, search } = definition;
  const { seed, enqueue } = search;
  const own = { ...search, warmStart } as SamplerOptions;
  const context = { epochs, seed, ...(trials === Infinity ? {} : { trials }) };
  return {
    ...{ name, seed, trials, enqueue },
    sampler: sampler ?? createSampler(own, new SearchSpace(definition.space), objective, seed),
    pruner: isPruner(pruner) ? pruner : createPruner(definition.pruner, objective, context),
  };
}

/** What a study that is continued began with; a new one begins with the trials that the other study has now. */
function warmStartOf(
  { warmStart }: CreateStudyOptions,
  definition: StudyDefinition,
  events: readonly TrialEvent[],
): Pick<StudyRecord, 'warmStart'> {
  const before = latestRecord(events)?.warmStart;
  if (before !== undefined) return { warmStart: before };
  if (warmStart === undefined) return {};
  return { warmStart: trialsToBeginWith(warmStart.history, definition, {}, 'warmStart') };
}

/** Checks the options as if they were a study file, and so with its messages. */
function definitionOf(options: CreateStudyOptions): StudyDefinition {
  const {
    directory: _,
    epochs: __,
    trials = Infinity,
    sampler,
    pruner,
    search,
    objective,
    warmStart,
    ...rest
  } = options;
  const warm = warmStart === undefined ? {} : { warmStart: 'a study of its own' };
  const own = { sampler: sampler !== undefined, pruner: isPruner(pruner) };
  const file = {
    ...rest,
    search: { ...search, ...warm, trials: trials === Infinity ? MAX_TRIALS : trials },
    pruner: own.pruner ? { type: 'none' } : pruner,
    objective: { metric: 'value', ...objective },
    trainer: { module: 'a loop of its own', settings: own },
  };
  return parseStudy(JSON.stringify(file), 'createStudy', 'study');
}

function isPruner(pruner: CreateStudyOptions['pruner']): pruner is Pruner {
  return pruner !== undefined && 'decide' in pruner;
}
