// Finds out what a study would do, without doing any of it.
import { must } from '../system/must.js';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeBackbone } from '../backbones/describe-backbone.js';
import { probeEngine } from '../engines/probe/probe.js';
import { layoutOf } from '../store/run-layout.js';
import { type StudyView, readRun } from './files/read-study.js';
import { splitWords } from '../images/indexing/image-index.js';
import { splitOfMetric } from '../trainer/evaluation.js';
import { limitsOfFewImages } from '../metrics/few-images.js';
import { HpoError } from '../study/errors.js';
import { type ImagesRecord, imagesIn } from '../study/events.js';
import { plannedTrials, searchableSets } from '../study/planned-trials.js';
import { isCommand } from '../study/schema/trainer-schema.js';
import { foldsIn } from '../study/schema/validation-schema.js';
import { settleDefaults } from '../study/settle-defaults.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';
import { formatBytes } from '../system/format.js';
import { type StudySource, readStudySource } from './files/study-file.js';
import type { Messages } from './messages.js';
import type { StudyPlan, StudyTime, TrainingPlan } from './plan/study-plan.js';
import { UNKNOWN_TIME, timeFromSpeed, timeFromTrials } from './plan/study-time.js';
import { type TrainingCosts, foldsPlan, planTraining } from './plan/training-costs.js';
import { describeFolds, describePruner, describeRange, describeStrategy } from './plan/words.js';
import type { CheckedBackbone } from './setup/check-backbone.js';
import { epochSecondsOf } from './setup/epoch-seconds.js';
import { largestValue } from './setup/field-values.js';
import { thisMachine } from './setup/machine.js';
import { prepareOwnTrainer } from './setup/prepare-own-trainer.js';
import { inputOfStudy, prepareTrainer } from './setup/prepare-trainer.js';
import { fetchHubModels } from './weights/missing-weights.js';

export interface PlanStudyOptions extends Pick<Messages, 'onProgress' | 'onPhase'> {
  /** Of a study that is given as an object: where its relative paths start. Default: the working folder. */
  readonly directory?: string | undefined;
  /** Downloads no weights. Default: what HPO_OFFLINE says. */
  readonly offline?: boolean | undefined;
}

/** Counting a grid stops here: nobody waits for more. */
const COUNTED_SETS = 1_000_000;

/**
 * Says what a study would do and what it would cost. Runs nothing; weights that are missing are downloaded.
 * @throws HpoError for whatever would keep the study from running, as `openStudy`.
 */
export async function planStudy(study: StudySource, options: PlanStudyOptions = {}): Promise<StudyPlan> {
  const source = readStudySource(study, options.directory);
  const { file, directory } = source;
  const earlier = await earlierRun(file);
  const definition = settleDefaults(source.definition, earlier?.definition);
  const { search, space, objective, pruner, resources, trainer, validation } = definition;
  const sets = searchableSets(definition, COUNTED_SETS);
  const trials = plannedTrials(definition);
  const headEpochs = largestValue(definition, 'unfreezeDepth') > 0 ? largestValue(definition, 'headEpochs') : 0;
  const few =
    sets < search.trials
      ? [`the space has ${sets} parameter sets, so the study ends before its ${search.trials} trials`]
      : [];
  const plan = {
    name: definition.name,
    file,
    objective,
    space: {
      parameters: Object.entries(space).map(([name, domain]) => ({ name, range: describeRange(domain) })),
      sets: Number.isFinite(sets) ? sets : null,
    },
    trials,
    search: describeStrategy(search, sets, search.prior === 'fineTuning' && trainer === undefined),
    pruner: describePruner(pruner, headEpochs),
    ...(validation === undefined ? {} : { folds: describeFolds(validation, pausesTrials(pruner)) }),
  };
  const wanted = { resources, workers: resources.workers, trials };
  if (trainer !== undefined) {
    if (!isCommand(trainer)) checkModule(resolve(directory, trainer.module));
    const { slots, warnings, notices } = await prepareOwnTrainer(source, wanted);
    const own = isCommand(trainer) ? { command: trainer.command } : { module: trainer.module };
    const workers = { workers: slots.length, engine: null };
    const time = timeSoFar(earlier, slots.length) ?? UNKNOWN_TIME;
    return { ...plan, ...own, resources: workers, time, warnings: [...few, ...warnings, ...notices] };
  }
  await fetchHubModels(definition, options);
  const input = inputOfStudy(source);
  const { offline, onProgress, onPhase } = options;
  const images = earlier?.record.images?.digest;
  const prepared = await prepareTrainer(input, { images, slots: wanted, offline, onProgress, onPhase });
  const { engine, slots, notices, record, warnings } = prepared;
  const costs = costsOfTraining(definition, input.backbones, {
    images: record.images,
    imageFacts: prepared.imageFacts ?? [],
    trials,
    workers: slots.length,
    memory: prepared.memory,
  });
  const measure = async (): Promise<Pick<StudyPlan, 'time' | 'epoch'>> => {
    onPhase?.({ name: 'measuring the engine' });
    const answer = await probeEngine({ engine: engine.name, milliseconds: MEASURED }).finally(() =>
      onPhase?.(undefined),
    );
    const speed = answer.status === 'works' ? answer.speed : undefined;
    const parallel = engine.device === 'cpu' ? thisMachine().cores : slots.length;
    const isPruned = definition.pruner.type !== 'none';
    const least = leastTrainings(trials, foldsIn(validation));
    const time = timeFromSpeed({ work: costs.training.work, speed, slots: slots.length, parallel, isPruned, least });
    if (speed === undefined) return { time };
    return { time, epoch: epochSecondsOf(definition, input.backbones, record.images, speed) };
  };
  const known = timeSoFar(earlier, slots.length);
  const began = earlier?.record.seconds;
  return {
    ...plan,
    ...(known === undefined ? await measure() : { time: known, ...(began && { epoch: began }) }),
    resources: { workers: slots.length, engine: engine.name },
    training: costs.training,
    warnings: [
      ...few,
      ...fewImages(record.images, objective.metric),
      ...notices,
      ...costs.choice,
      ...warnings,
      ...costs.warnings,
    ],
  };
}

/** Of all trainings, the share that is certain: one fold of each trial, and all of the best. */
function leastTrainings(trials: number, folds: number): number {
  return (trials + folds - 1) / (trials * folds);
}

/** Whether trials wait at rungs for others. */
function pausesTrials(pruner: StudyDefinition['pruner']): boolean {
  if (pruner.type === 'successiveHalving') return pruner.form === 'promotion';
  return pruner.type === 'funnel' || pruner.type === 'freezeThaw';
}

/** Milliseconds for each of the probe's two tasks. */
const MEASURED = 200;

/** What an earlier session of the study left. A journal that cannot be read is the affair of `run` and `check`. */
async function earlierRun(file: string): Promise<StudyView | undefined> {
  const layout = layoutOf(file);
  if (!existsSync(layout.journal)) return undefined;
  return readRun({ layout }).catch(() => undefined);
}

function timeSoFar(view: StudyView | undefined, slots: number): StudyTime | undefined {
  return view === undefined ? undefined : timeFromTrials(view.events, slots, Date.now());
}

function fewImages(images: ImagesRecord, metric: string): string[] {
  const split = splitOfMetric(metric);
  const count = split === 'validation' ? imagesIn(images, split) : (images.target?.validation ?? 0);
  const limits = limitsOfFewImages(count, splitWords(split));
  return limits === undefined ? [] : [limits];
}

interface Costs {
  readonly training: TrainingPlan;
  /** That there are several backbones. */
  readonly choice: readonly string[];
  /** About features. */
  readonly warnings: readonly string[];
}

/** Of the most costly backbone, where trials choose. */
function costsOfTraining(
  definition: StudyDefinition,
  backbones: readonly CheckedBackbone[],
  {
    memory,
    imageFacts,
    ...rest
  }: Pick<TrainingCosts, 'images' | 'trials' | 'workers' | 'memory'> & Pick<TrainingPlan, 'imageFacts'>,
): Costs {
  const macs = backbones.map(({ backbone, inputSize }) => describeBackbone(backbone, inputSize).multiplyAccumulates);
  const { backbone, inputSize, choice } = must(backbones[macs.indexOf(Math.max(...macs))], 'a backbone');
  const planned = planTraining({ definition, backbone, inputSize, memory, ...rest });
  const summary = { ...describeBackbone(backbone, inputSize), weightsFile: choice.weights ?? null };
  const folds = foldsPlan(rest.images, definition.validation);
  return {
    training: { images: rest.images, ...(folds && { folds }), imageFacts, backbone: summary, ...planned },
    choice:
      backbones.length > 1
        ? [`trials choose among ${backbones.length} backbones; the figures are for the most expensive one`]
        : [],
    warnings: planned.memory.features.flatMap(({ depth, bytes }) => sizeWarnings(depth, bytes, planned)),
  };
}

function sizeWarnings(depth: number, bytes: number, { featureBudget }: Pick<TrainingPlan, 'featureBudget'>): string[] {
  if (bytes <= featureBudget) return [];
  const size = `at unfreezeDepth ${depth} the features of a trial`;
  const more = `more than resources.featureBudget (${formatBytes(featureBudget)}): they are computed again in each epoch`;
  return [`${size} take ${formatBytes(bytes)}, ${more}`];
}

/** It is not loaded: that would run it. */
function checkModule(path: string): void {
  if (existsSync(path)) return;
  throw new HpoError('ERR_TRAINER_MODULE', `${path}: expected a trainer module, got no such file`);
}
