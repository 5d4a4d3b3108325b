// Judges a finished model on a split of its images.
import { sourceOf } from '../../images/indexing/image-index.js';
import { readPixels } from '../../images/pixels.js';
import type { Engine } from '../../engines/engine.js';
import { scoredOf } from '../../trainer/judge.js';
import { type Judgement, type JudgementOptions, judgementOf } from '../../trainer/judgement.js';
import type { Confusion } from '../../metrics/confusion.js';
import { evaluate } from '../../metrics/evaluate.js';
import { Classifier } from '../../trainer/model/classifier.js';
import type { TrainedModel } from '../../trainer/model/trained-model.js';

export interface SplitResult extends Judgement {
  readonly metrics: Readonly<Record<string, number>>;
  readonly confusion: Confusion;
}

export interface EvaluateOptions extends JudgementOptions {
  readonly model: TrainedModel;
  readonly engine: Engine;
}

export async function evaluateSplit(options: EvaluateOptions): Promise<SplitResult> {
  const { model, index, split, positiveClass } = options;
  const probabilities = await probabilitiesOf(options);
  const { metrics, confusion } = evaluate(scoredOf(index, split, probabilities), model.classes, positiveClass);
  return { ...judgementOf(options, probabilities), metrics, confusion };
}

/** [images, classes], row by row. */
async function probabilitiesOf({ model, index, split, engine }: EvaluateOptions): Promise<Float32Array> {
  const entries = index.splits[split];
  const probabilities = new Float32Array(entries.length * model.classes.length);
  const classifier = await Classifier.compile(engine, model);
  try {
    for (const [i, entry] of entries.entries()) {
      const pixels = await readPixels(sourceOf(index, split, entry), model.inputSize, model.resize);
      probabilities.set(await classifier.probabilities(pixels), i * model.classes.length);
    }
  } finally {
    await classifier.dispose();
  }
  return probabilities;
}
