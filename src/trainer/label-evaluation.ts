// Evaluates a network's outputs for a split of images with several labels each.
import { RandomStream } from '../math/random.js';
import { type AnySplit, type ImageIndex, entriesOf, labelsOf } from '../images/indexing/image-index.js';
import type { Interval } from '../metrics/bootstrap.js';
import { evaluateLabels } from '../metrics/labels/evaluate-labels.js';
import { labelInterval } from '../metrics/labels/label-interval.js';
import type { ScoredLabels } from '../metrics/labels/scored-labels.js';
import { chooseThresholds } from '../metrics/labels/thresholds.js';
import { labelMetricNames } from '../metrics/metric-names.js';
import type { Report } from '../study/trial.js';
import { must } from '../system/must.js';

/** Of each label; and of all together. */
const [MISTAKES_PER_LABEL, MISTAKES_STORED] = [5, 40] as const;

/** A label that is wrongly given or missed. */
export interface LabelMistake {
  readonly file: string;
  readonly label: string;
  /** 'boat', or 'no boat'. */
  readonly actual: string;
  readonly predicted: string;
  /** Probability of what is predicted. */
  readonly confidence: number;
  readonly probabilityOfActual: number;
}

function scoredLabelsOf(index: ImageIndex, split: AnySplit, probabilities: Float32Array): ScoredLabels {
  return { labels: entriesOf(index, split).map(labelsOf), probabilities, classCount: index.classes.length };
}

/** A report's part about a split. @param thresholds missing: of each image those chosen on other images. */
export function labelMetricsOf(
  index: ImageIndex,
  split: AnySplit,
  probabilities: Float32Array,
  thresholds?: readonly number[],
): Required<Pick<Report, 'metrics' | 'detail'>> {
  const scored = scoredLabelsOf(index, split, probabilities);
  const { metrics, confusions } = evaluateLabels(scored, index.classes, thresholds);
  return { metrics, detail: { labels: confusions.map((one) => one.map((row) => [...row])) } };
}

export interface LabelModelOptions {
  readonly index: ImageIndex;
  readonly split: AnySplit;
  readonly metric: string;
  readonly seed: number;
  readonly resamples: number;
  readonly thresholds?: readonly number[] | undefined;
}

export interface EvaluatedLabels {
  readonly images: number;
  readonly interval?: Interval & { readonly metric: string };
  readonly mistakes: LabelMistake[];
  /** Chosen on these images, or those given. */
  readonly thresholds: number[];
}

/** How certain a model's score is, where it is most wrong, and from which probabilities on it should predict each label. */
export function evaluateLabelModel(options: LabelModelOptions, probabilities: Float32Array): EvaluatedLabels {
  const { index, split, metric, seed, resamples, thresholds } = options;
  const scored = scoredLabelsOf(index, split, probabilities);
  const random = RandomStream.of(seed, 'interval', split);
  const interval = labelMetricNames(index.classes).includes(metric)
    ? labelInterval(scored, index.classes, metric, random, { resamples, thresholds })
    : undefined;
  return {
    images: scored.labels.length,
    ...(interval === undefined ? {} : { interval: { metric, ...interval } }),
    mistakes: mistakesOf(options, scored),
    thresholds: thresholds === undefined ? chooseThresholds(scored) : [...thresholds],
  };
}

/** The most confident of each label, then of all. */
function mistakesOf({ index, split, thresholds }: LabelModelOptions, scored: ScoredLabels): LabelMistake[] {
  const { classCount, probabilities, labels } = scored;
  const { predictions } = evaluateLabels(scored, index.classes, thresholds);
  const byConfidence = (a: LabelMistake, b: LabelMistake): number => b.confidence - a.confidence;
  return index.classes
    .flatMap((name, label) => {
      const wrong = labels.flatMap((ofImage, image): LabelMistake[] => {
        const [has, says] = [ofImage.includes(label), predictions[image * classCount + label] === 1];
        if (has === says) return [];
        const probability = must(probabilities[image * classCount + label], 'a probability');
        const words = (isThere: boolean): string => (isThere ? name : `no ${name}`);
        return [
          {
            file: must(entriesOf(index, split)[image], 'an image').file,
            label: name,
            actual: words(has),
            predicted: words(says),
            confidence: says ? probability : 1 - probability,
            probabilityOfActual: has ? probability : 1 - probability,
          },
        ];
      });
      return wrong.sort(byConfidence).slice(0, MISTAKES_PER_LABEL);
    })
    .sort(byConfidence)
    .slice(0, MISTAKES_STORED);
}
