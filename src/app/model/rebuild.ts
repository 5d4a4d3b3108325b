// Makes the files of a trial again: its weights by training, what is known of its best epoch by evaluating the weights.
import type { Trial } from '../../study/trial.js';
import { type BackboneChoice, type CnnSettings, backbonesOf, choiceOf } from '../../trainer/cnn-settings.js';
import { createTrain } from '../../trainer/cnn-trainer.js';
import { writeModelEvaluation } from '../../trainer/evaluation.js';
import { bestWeightsFile, readBestWeights, trainedModel } from '../../trainer/model/trained-model.js';
import { taskOf } from '../../study/task.js';
import { evaluateSplit } from './evaluate-split.js';
import { openClassifier } from './open-classifier.js';

/** As many epochs as the trial had, so that the best one is the same. */
export async function trainAgain(settings: CnnSettings, trial: Trial, directory: string): Promise<void> {
  const train = await createTrain(settings);
  const { seed } = settings;
  const assignment = { trial: trial.number, parameters: trial.parameters, seed, directory, reported: 0 };
  const signal = new AbortController().signal;
  const context = { signal, slot: 0, log: () => {}, progress: () => {}, share: () => 1 };
  try {
    for await (const { epoch } of train(assignment, context)) if (epoch >= trial.reports.length) break;
  } finally {
    await train.dispose();
  }
  await readBestWeights(bestWeightsFile(directory), trial.best?.epoch);
}

/** Writes best.json. */
export async function evaluateAgain(settings: CnnSettings, trial: Trial, directory: string): Promise<void> {
  const { index, objective, resize, seed } = settings;
  const parts = { backbone: backboneOf(settings, trial), classes: index.classes, resize, seed, ...taskOf(index) };
  const classifier = await openClassifier(await trainedModel(parts, directory, trial.best?.epoch), settings.engine);
  try {
    const { metric, positiveClass } = objective;
    const options = { index, split: 'validation', metric, positiveClass, seed } as const;
    const { metrics: _, confusion: __, labels: ___, ...evaluation } = await evaluateSplit(classifier, options);
    await writeModelEvaluation(directory, trial.best?.epoch ?? 0, evaluation);
  } finally {
    await classifier.close();
  }
}

function backboneOf(settings: CnnSettings, { parameters }: Trial): BackboneChoice {
  const { backbone } = parameters;
  return choiceOf(backbonesOf(settings), backbone === undefined ? undefined : String(backbone));
}
