// Judges a finished model on a split of its images.
import { RandomStream } from '../../math/random.js';
import { type ImageIndex, type Split, sourceOf } from '../../trainer/data/image-index.js';
import { readPixels } from '../../trainer/data/pixels.js';
import type { Engine } from '../../trainer/engines/engine.js';
import { scoredOf } from '../../trainer/judge.js';
import { type Interval, bootstrapInterval } from '../../trainer/metrics/bootstrap.js';
import type { Confusion } from '../../trainer/metrics/confusion.js';
import { evaluate } from '../../trainer/metrics/evaluate.js';
import { metricNames } from '../../trainer/metrics/metric-names.js';
import { Classifier } from '../../trainer/model/classifier.js';
import type { TrainedModel } from '../../trainer/model/trained-model.js';

export interface SplitResult {
  readonly split: Split;
  readonly images: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly confusion: Confusion;
  /** Of the objective; missing where it is no metric of predictions. */
  readonly interval?: Interval & { readonly metric: string };
}

export interface EvaluateOptions {
  readonly model: TrainedModel;
  readonly index: ImageIndex;
  readonly split: Split;
  readonly engine: Engine;
  readonly metric: string;
  readonly positiveClass?: string | undefined;
  readonly seed: number;
}

export async function evaluateSplit(options: EvaluateOptions): Promise<SplitResult> {
  const { model, index, split, metric, positiveClass } = options;
  const scored = scoredOf(index, split, await probabilitiesOf(options));
  const { metrics, confusion } = evaluate(scored, model.classes, positiveClass);
  const result = { split, images: index.splits[split].length, metrics, confusion };
  if (!metricNames(model.classes, positiveClass).includes(metric)) return result;
  const random = RandomStream.of(options.seed, 'interval', split);
  const bootstrap = positiveClass === undefined ? {} : { positiveClass };
  return { ...result, interval: { metric, ...bootstrapInterval(scored, model.classes, metric, random, bootstrap) } };
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
