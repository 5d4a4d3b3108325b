// Opens a study to run it or to continue it: locked, checked against its journal, its workers started.
import { existsSync } from 'node:fs';
import type { Activity } from '../controller/activity.js';
import { beginStudy, checkContinuation } from '../controller/begin-study.js';
import { isOver } from '../controller/is-over.js';
import { keepSnapshot } from '../controller/keep-snapshot.js';
import type { LiveStudy } from '../controller/live-study.js';
import { type BatchRule, runTrials } from '../controller/run-trials.js';
import type { StudyControl } from '../controller/study-control.js';
import type { StudyEnd } from '../controller/study-end.js';
import { latestRecord } from '../controller/warm-start.js';
import type { EngineName } from '../engines/engine.js';
import { PRIOR_VERSION } from '../search/prior/versions.js';
import { replay } from '../store/replay.js';
import { RunDirectory } from '../store/run-directory.js';
import { type RunLayout, layoutOf } from '../store/run-layout.js';
import { messageOf } from '../study/errors.js';
import { PRIOR_JOURNAL, type StudyRecord, type TrialEvent } from '../study/events.js';
import { plannedTrials } from '../study/planned-trials.js';
import type { MachineKind } from '../study/machine-kind.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';
import type { ResourcesConfiguration } from '../study/schema/study-schema.js';
import { settleDefaults } from '../study/settle-defaults.js';
import { wantsBaseline } from '../study/wants-baseline.js';
import type { CnnSettings } from '../trainer/cnn-settings.js';
import { counted } from '../system/format.js';
import type { SlotDevice } from '../workers/slot/slot-device.js';
import { type StudySource, readStudySource } from './files/study-file.js';
import type { Messages } from './messages.js';
import { timeLeft, timeOf } from './time-limit.js';
import type { CheckedBackbone } from './setup/check-backbone.js';
import { createSearch, knowsPrior } from './setup/create-search.js';
import { batchRule } from './setup/batch-rule.js';
import { kindOfMachine } from './setup/machine.js';
import { epochCostsOf, epochSecondsOf } from './setup/epoch-seconds.js';
import { idleSlots } from './setup/idle-slots.js';
import { type SlotsOfStudy, openSlots } from './setup/open-slots.js';
import { prepareOwnTrainer } from './setup/prepare-own-trainer.js';
import { type StudyTrainer, inputOfStudy, prepareTrainer } from './setup/prepare-trainer.js';
import { fetchHubModels } from './weights/missing-weights.js';
import { describeWarmStart, recordWarmStart } from './setup/warm-start.js';

export interface OpenStudyOptions extends Pick<Messages, 'onProgress' | 'onPhase'> {
  /** Trials at a time. Default: as the study says. */
  readonly workers?: ResourcesConfiguration['workers'] | undefined;
  /** What trains. Default: as the study says. */
  readonly engine?: ResourcesConfiguration['engine'] | undefined;
  /** Whether features of the frozen part are cached. The numbers are the same either way. Default: true. */
  readonly featureReuse?: boolean | undefined;
  /** Downloads no weights. Default: what HPO_OFFLINE says. */
  readonly offline?: boolean | undefined;
  /** The address of a queue (redis://, postgres://) whose workers train; with `workers`, this machine trains as well. */
  readonly queue?: string | undefined;
  /** A folder that all workers see, such as one of a network file system; the study lies in it. */
  readonly files?: string | undefined;
  /** Seconds from now after which no worker at the queue is waited for. Default: as the study says (`search.time`). */
  readonly time?: number | undefined;
  /** Starts over: an earlier run is moved to earlier/, not deleted. */
  readonly fresh?: boolean | undefined;
  /** Of a study that is given as an object: where its relative paths start and its run lies. Default: the working folder. */
  readonly directory?: string | undefined;
}

/** A study that is open in this process. */
export interface StudySession {
  /** Of the study. */
  readonly file: string;
  readonly definition: StudyDefinition;
  readonly record: StudyRecord;
  readonly layout: RunLayout;
  readonly study: LiveStudy;
  /** Events of earlier sessions. */
  readonly past: readonly TrialEvent[];
  /** Events that opening it added. */
  readonly opened: readonly TrialEvent[];
  /** Trials that the study comes to. */
  readonly total: number;
  /** Whether earlier sessions left nothing to train; no worker is started then. */
  readonly isFinished: boolean;
  /** In order. */
  readonly slots: readonly SlotDevice[];
  /** Missing with a trainer of the user's own. */
  readonly engine?: EngineName;
  /** Of the built-in trainer. */
  readonly settings?: CnnSettings;
  /** What a person should know of this session; no part of the study. */
  readonly notices: readonly string[];
  run(control: StudyControl, onActivity: (activity: Activity) => void): Promise<StudyEnd>;
  close(): Promise<void>;
}

/**
 * Nothing is recorded before everything that can be checked was. The caller closes the session.
 * @throws HpoError ERR_STUDY_NOT_FOUND, ERR_STUDY_INVALID, ERR_STUDY_LOCKED, ERR_STUDY_CHANGED, ERR_JOURNAL_DAMAGED, and whatever is
 * wrong with images (ERR_DATA), weights (ERR_BACKBONE, ERR_WEIGHTS), engine (ERR_ENGINE) or trainer (ERR_TRAINER_MODULE, ERR_TRAINER_COMMAND).
 */
export async function openStudy(source: StudySource, options: OpenStudyOptions = {}): Promise<StudySession> {
  const opening = performance.now();
  const file = readStudySource(source, options.directory);
  const { name, resources, trainer: own } = file.definition;
  const total = plannedTrials(file.definition);
  const layout = layoutOf(file.file);
  // With a queue this machine trains only where it is asked to.
  const isElsewhere = options.queue !== undefined && options.workers === undefined;
  const slotsWanted = isElsewhere
    ? undefined
    : { resources, workers: options.workers ?? resources.workers, trials: total };
  let backbones: readonly CheckedBackbone[] = [];
  const prepare = async (before?: StudyRecord, isIdle = false): Promise<StudyTrainer> => {
    const began = before?.engine as EngineName | undefined;
    const images = before?.images?.digest;
    if (own !== undefined) return prepareOwnTrainer(file, slotsWanted);
    await fetchHubModels(file.definition, options);
    const input = { ...inputOfStudy(file), ...(options.engine === undefined ? {} : { engine: options.engine }) };
    ({ backbones } = input);
    const { featureReuse: reuse, offline, onProgress, onPhase } = options;
    const waits = { onProgress, onPhase };
    const prepared = await prepareTrainer(input, {
      ...{ began, images, reuse, offline, ...waits },
      measures: before === undefined && knowsPrior(settleDefaults(file.definition, undefined)),
      ...(slotsWanted === undefined ? {} : { slots: { ...slotsWanted, isIdle } }),
    });
    return { ...prepared, notices: [...prepared.engine.notes, ...prepared.notices] };
  };
  const isReplacing = options.fresh === true && existsSync(layout.journal);
  // An earlier run is only moved away for one that can begin.
  const early = isReplacing ? await prepare() : undefined;
  const directory = await RunDirectory.open(layout, { fresh: options.fresh === true });
  const closers = [(): Promise<void> => directory.close()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const definition = settleDefaults(file.definition, latestRecord(directory.events)?.definition);
    // What can be refused without looking at images is refused first.
    const extended = checkContinuation({ name, definition }, directory.events, layout.journal);
    const isIdle = extended.length === 0 && hasNothingLeft(definition, total, directory.events);
    const warmStart = await recordWarmStart(file, directory.events);
    const known = describeWarmStart(definition, warmStart);
    const trainer = early ?? (await prepare(latestRecord(directory.events), isIdle));
    const here = kindOfMachine(trainer.engineName, trainer.device);
    const prior = knowsPrior(definition) ? versionOfPrior(directory.events) : undefined;
    const record: StudyRecord = {
      ...{ name, definition, ...trainer.record, machine: here, ...warmStart },
      ...(prior === undefined ? {} : { prior }),
      ...secondsOf(definition, backbones, trainer, latestRecord(directory.events)),
      ...costsOf(definition, backbones, trainer),
    };
    const changes = checkContinuation(record, directory.events, layout.journal);
    let warn = (_: string): void => {};
    const open = (): Promise<SlotsOfStudy> => {
      if (!isElsewhere) options.onPhase?.({ name: `starting ${counted(trainer.slots.length, 'worker')}` });
      return openSlots({
        ...{ trainer, record, directory: file.directory, run: directory },
        ...{ queue: options.queue, files: options.files, reuse: options.featureReuse ?? true },
        patience: timeLeft(options.time ?? timeOf(definition), opening),
        ...{ onProgress: options.onProgress, onPhase: options.onPhase },
        onWarning: (message) => warn(message),
      }).finally(() => options.onPhase?.(undefined));
    };
    const isFinished = changes.length === 0 && isIdle;
    const slots = isFinished ? idleSlots(trainer.slots, open) : await open();
    closers.push(() => slots.close());
    const { study, opened } = begin(record, directory, [...trainer.warnings, ...known.warnings]);
    warn = trainerWarnings(study, directory);
    closers.push(keepSnapshot(study, name, directory.snapshot));
    const { engineName: engine } = trainer;
    return {
      ...{ file: file.file, definition, record, layout, study, past: directory.events, opened, total, isFinished },
      slots: slots.devices,
      ...(engine === undefined ? {} : { engine }),
      ...(trainer.settings === undefined ? {} : { settings: trainer.settings }),
      notices: [
        ...(isReplacing ? [`the earlier run was moved to ${layout.earlier}`] : []),
        ...trainer.notices,
        ...known.notices,
      ],
      run(control, onActivity) {
        slots.watch(onActivity);
        return runTrials({
          ...createSearch(record, total, trainer.labels, backbones),
          baseline: wantsBaseline(definition),
          study,
          runner: slots.runner,
          folders: directory.trials,
          suspects: suspectsOf(directory, study),
          ...batchesOf(definition, trainer),
          machines: { here, began: machineOf(directory.events, here) },
          maxFailuresInARow: resources.maxFailuresInARow,
          control,
          onActivity,
        }).catch(async (error: unknown) => {
          await study.flush(); // rejects where the run's folder is gone, and knows more of it than a trial
          throw error;
        });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As the study began; of a new one, where the engine's speed is known. */
function secondsOf(
  definition: StudyDefinition,
  backbones: readonly CheckedBackbone[],
  { record: { images }, speed }: StudyTrainer,
  before: StudyRecord | undefined,
): Pick<StudyRecord, 'seconds'> {
  if (before !== undefined) return before.seconds === undefined ? {} : { seconds: before.seconds };
  if (images === undefined || speed === undefined) return {};
  return { seconds: epochSecondsOf(definition, backbones, images, speed) };
}

function costsOf(
  definition: StudyDefinition,
  backbones: readonly CheckedBackbone[],
  { record: { images } }: StudyTrainer,
): Pick<StudyRecord, 'costs'> {
  if (definition.search.choose !== 'cheaper' || images === undefined) return {};
  return { costs: epochCostsOf(definition, backbones, images) };
}

/**
 * Of the prior: that with which the study began. A study that had none gets the latest, unless releases that do not know it can read its
 * journal: these would search with the first version.
 */
function versionOfPrior(events: readonly TrialEvent[]): number {
  const before = latestRecord(events);
  const [created] = events;
  if (before !== undefined && knowsPrior(before.definition)) return before.prior ?? 1;
  return created?.type === 'created' && created.version < PRIOR_JOURNAL ? 1 : PRIOR_VERSION;
}

/** @param total trials of the search. */
function hasNothingLeft(definition: StudyDefinition, total: number, events: readonly TrialEvent[]): boolean {
  if (events.length === 0) return false;
  const { search, objective } = definition;
  const plan = { trials: total, confirm: search.confirm, baseline: wantsBaseline(definition) };
  return isOver(replay(events, objective), plan, false);
}

/** Where a study began; a new one begins here. */
function machineOf([first]: readonly TrialEvent[], here: MachineKind): MachineKind | undefined {
  return first?.type === 'created' ? first.study.machine : here;
}

function batchesOf(
  definition: StudyDefinition,
  { engineName, record, settings }: StudyTrainer,
): { readonly batches?: BatchRule } {
  if (engineName === undefined || record.images === undefined || settings === undefined) return {};
  const batches = batchRule(definition, settings, record.images.classes.length, engineName);
  return batches === undefined ? {} : { batches };
}

/** The study, with what is recorded before its first trial. */
function begin(
  record: StudyRecord,
  { store, events, layout }: RunDirectory,
  warnings: readonly string[],
): { study: LiveStudy; opened: TrialEvent[] } {
  const opened: TrialEvent[] = [];
  const { objective } = record.definition;
  let isOpening = true;
  const listener = (event: TrialEvent): void => {
    if (isOpening) opened.push(event);
  };
  const study = beginStudy(record, { objective, store, events, place: layout.journal, listener });
  for (const warning of warnings) study.warn(warning);
  isOpening = false;
  return { study, opened };
}

/** Warnings of a study after which those of trainers are in the log alone: one of every step must not fill the journal. */
const MOST_WARNINGS = 1000;

/** Records what trainers warn of, which comes between the steps of the study's loop. */
function trainerWarnings(study: LiveStudy, { log }: RunDirectory): (message: string) => void {
  return (message) => {
    if (study.warningCount >= MOST_WARNINGS) return;
    try {
      study.warn(message);
    } catch (error) {
      // The loop meets the same, and ends the study with a message.
      log.write(`a warning could not be recorded: ${messageOf(error)}`);
    }
  };
}

/** Trials that were in a slot when an earlier process died: any of them may have been the reason. */
function suspectsOf({ wasCutOff }: RunDirectory, { history }: LiveStudy): ReadonlySet<number> {
  const running = wasCutOff ? history.trials.filter(({ state }) => state === 'running') : [];
  return new Set(running.map(({ number }) => number));
}
