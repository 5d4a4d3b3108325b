// Finds out what a study would do, without doing any of it.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { checkObjective } from '../../trainer/judge.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { ImageIndex } from '../../images/indexing/image-index.js';
import { besideIndexing } from '../setup/beside-indexing.js';
import { chooseEngineFor } from '../setup/engine-sources.js';
import { plannedTrials, searchableSets } from '../../study/planned-trials.js';
import { type CheckedBackbone, checkBackbones, digestWeights } from '../setup/check-backbone.js';
import { largestValue } from '../setup/field-values.js';
import { imagesRecord } from '../setup/index-study-images.js';
import { featureMemory, thisMachine } from '../setup/machine.js';
import type { ChosenEngine } from '../setup/choose-engine.js';
import { type PlannedSlots, studySlots } from '../setup/study-slots.js';
import { type StudyFromFile, readStudyFile } from '../study-file.js';
import type { Outlet } from '../terminal.js';
import { describeBackbone } from '../views/backbone-summary.js';
import { planTraining } from './plan-training.js';
import { formatBytes } from '../../system/format.js';
import type { StudyPlan, TrainingPlan } from './study-plan.js';
import { describePruner, describeRange, describeStrategy } from './words.js';

/** Counting a grid stops here: nobody waits for more. */
const COUNTED_SETS = 1_000_000;

/** @throws HpoError for whatever would keep the study from running. */
export async function planStudy(text: string, progress: Outlet): Promise<StudyPlan> {
  const study = readStudyFile(text);
  const { definition, file } = study;
  const { search, space, objective, pruner, resources } = definition;
  const sets = searchableSets(definition, COUNTED_SETS);
  const trials = plannedTrials(definition);
  const headEpochs = largestValue(definition, 'unfreezeDepth') > 0 ? largestValue(definition, 'headEpochs') : 0;
  const warnings: string[] = [];
  if (sets < search.trials) {
    warnings.push(`the space has ${sets} parameter sets, so the study ends before its ${search.trials} trials`);
  }
  const plan = {
    name: definition.name,
    file,
    objective,
    space: {
      parameters: Object.entries(space).map(([name, domain]) => ({ name, range: describeRange(domain) })),
      sets: Number.isFinite(sets) ? sets : null,
    },
    trials,
    search: describeStrategy(search, sets),
    pruner: describePruner(pruner, headEpochs),
  };
  if (definition.trainer !== undefined) {
    checkModule(resolve(study.directory, definition.trainer.module));
    const { slots, notices } = await slotsOf(study, trials);
    warnings.push(...notices);
    return {
      ...plan,
      module: definition.trainer.module,
      resources: { workers: slots.length, engine: null },
      warnings,
    };
  }
  const { data } = definition;
  if (data === undefined) throw new HpoError('ERR_STUDY_INVALID', 'expected data, got none');
  const checked = checkBackbones(definition, study.directory);
  const images = { data, directory: study.directory, seed: search.seed };
  const [index, { engine, slots, notices }] = await besideIndexing(images, progress, async (meanwhile) => {
    const engine = await chooseEngineFor(resources.engine, { meanwhile });
    return { engine, ...(await slotsOf(study, trials, engine)) };
  });
  warnings.push(...engine.warnings, ...notices);
  const training = await planCnn(definition, { trials, workers: slots.length, checked, index }, warnings);
  return { ...plan, resources: { workers: slots.length, engine: engine.name }, training, warnings };
}

function slotsOf({ definition }: StudyFromFile, trials: number, engine?: ChosenEngine): Promise<PlannedSlots> {
  const { resources } = definition;
  return studySlots({ resources, workers: resources.workers, trials, machine: thisMachine() }, engine);
}

interface Planned {
  readonly trials: number;
  readonly workers: number;
  readonly checked: readonly CheckedBackbone[];
  readonly index: ImageIndex;
}

async function planCnn(
  definition: StudyDefinition,
  { trials, workers, checked, index }: Planned,
  warnings: string[],
): Promise<TrainingPlan> {
  const costs = checked.map(({ backbone, inputSize }) => describeBackbone(backbone, inputSize).multiplyAccumulates);
  const { backbone, inputSize, choice } = checked[costs.indexOf(Math.max(...costs))] as CheckedBackbone;
  if (checked.length > 1)
    warnings.push(`trials choose among ${checked.length} backbones; the figures are those of the most costly`);
  warnings.push(...index.warnings);
  const { objective } = definition;
  checkObjective(objective, index.classes, objective.positiveClass);
  await digestWeights(checked, definition.search.seed);
  const images = imagesRecord(index);
  const memory = featureMemory(workers, thisMachine());
  const planned = planTraining({ definition, backbone, inputSize, images, trials, workers, memory });
  for (const { depth, bytes } of planned.memory.features) {
    if (bytes > planned.featureBudget) {
      const budget = formatBytes(planned.featureBudget);
      warnings.push(
        `at unfreezeDepth ${depth} the features of a trial take ${formatBytes(bytes)}, more than resources.featureBudget (${budget}): they are computed anew in each epoch`,
      );
    } else if (bytes > memory) {
      warnings.push(
        `at unfreezeDepth ${depth} the features of a trial do not fit a worker's memory: some are read from disk each time`,
      );
    }
  }
  return {
    images,
    backbone: { ...describeBackbone(backbone, inputSize), weightsFile: choice.weights ?? null },
    ...planned,
  };
}

/** It is not loaded: that would run it. */
function checkModule(path: string): void {
  if (existsSync(path)) return;
  throw new HpoError('ERR_TRAINER_MODULE', `${path}: expected a trainer module, got no such file`);
}
