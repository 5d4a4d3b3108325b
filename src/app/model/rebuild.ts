// Makes the files of a trial again: its weights by training, what is known of its best epoch by evaluating the weights.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { foldIndex } from '../../images/fold-index.js';
import type { AssignedFold } from '../../study/trial-runner.js';
import type { Trial } from '../../study/trial.js';
import { type BackboneChoice, type CnnSettings, backbonesOf, choiceOf } from '../../trainer/cnn-settings.js';
import { createTrain } from '../../trainer/cnn-trainer.js';
import { splitOfMetric, writeModelEvaluation } from '../../trainer/evaluation.js';
import { bestWeightsFile, readBestWeights, trainedModel } from '../../trainer/model/trained-model.js';
import { taskOf } from '../../study/task.js';
import { evaluateSplit } from './evaluate-split.js';
import { openClassifier } from './open-classifier.js';

export interface TrainAgainOptions {
  /** The trial's folder. */
  readonly directory: string;
  readonly fold: AssignedFold | undefined;
  /** Once aborted, training stops after its epoch; the same call continues. */
  readonly stopped: AbortSignal;
  /** Once aborted, training stops at once; the same call continues from the last checkpoint. */
  readonly aborted: AbortSignal;
}

/**
 * As many epochs as the trial had, so that the best one is the same.
 * @returns whether that is done: not where it was stopped first.
 */
export async function trainAgain(
  settings: CnnSettings,
  trial: Trial,
  { directory, fold, stopped, aborted }: TrainAgainOptions,
): Promise<boolean> {
  const train = await createTrain(settings);
  const { seed } = settings;
  const { number, parameters } = trial;
  const place = fold === undefined ? {} : { fold };
  const assignment = { trial: number, parameters, ...place, seed, directory, reported: 0 };
  const context = { signal: aborted, slot: 0, log: () => {}, progress: () => {}, share: () => 1 };
  try {
    for await (const { epoch } of train(assignment, context)) {
      if (epoch >= trial.reports.length) break;
      if (stopped.aborted) return false;
    }
  } catch (error) {
    if (aborted.aborted) return false;
    throw error;
  } finally {
    await train.dispose();
  }
  await readBestWeights(bestWeightsFile(directory), ownBest(trial)?.epoch);
  return true;
}

/** Writes best.json. */
export async function evaluateAgain(
  settings: CnnSettings,
  trial: Trial,
  directory: string,
  fold: AssignedFold | undefined,
): Promise<void> {
  const { objective, resize, seed } = settings;
  const index = fold === undefined ? settings.index : foldIndex(settings.index, fold);
  const epoch = ownBest(trial)?.epoch;
  const parts = { backbone: backboneOf(settings, trial), classes: index.classes, resize, seed, ...taskOf(index) };
  // A damaged one would be read for the thresholds of labels.
  await rm(join(directory, 'best.json'), { force: true });
  const classifier = await openClassifier(await trainedModel(parts, directory, epoch, trial.number), settings.engine);
  try {
    const { metric, positiveClass } = objective;
    const options = { index, split: splitOfMetric(metric), metric, positiveClass, seed } as const;
    const { metrics: _, confusion: __, labels: ___, ...evaluation } = await evaluateSplit(classifier, options);
    await writeModelEvaluation(directory, { trial: trial.number, epoch: epoch ?? 0 }, evaluation);
  } finally {
    await classifier.close();
  }
}

/** Of the trial's own training: where it has folds, of the first of them. */
function ownBest({ best, folds }: Trial): Trial['best'] {
  return folds?.[0] ?? best;
}

function backboneOf(settings: CnnSettings, { parameters }: Trial): BackboneChoice {
  const { backbone } = parameters;
  return choiceOf(backbonesOf(settings), backbone === undefined ? undefined : String(backbone));
}
