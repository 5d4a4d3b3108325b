// Evaluates a network's outputs for a split: the metrics of a report, and what is stored beside a trial's best weights.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { RandomStream } from '../math/random.js';
import { HpoError, messageOf } from '../study/errors.js';
import type { Objective } from '../study/objective.js';
import type { Report } from '../study/trial.js';
import { formatProblem, problemsOf } from '../study/schema/problems.js';
import { isMultilabel } from '../study/task.js';
import { writeAtomically } from '../system/atomic-file.js';
import { writingToRun } from '../system/trial-folder.js';
import { crc32Hex } from '../system/crc32.js';
import { readRegularFile } from '../system/regular-file.js';
import { makeTrialFolder } from '../system/trial-folder.js';
import { type AnySplit, type ImageEntry, type ImageIndex, classOf, entriesOf } from '../images/indexing/image-index.js';
import { bootstrapInterval } from '../metrics/bootstrap.js';
import { confidentlyWrong } from '../metrics/confidently-wrong.js';
import type { Scored } from '../metrics/confusion.js';
import { evaluate } from '../metrics/evaluate.js';
import {
  directionOf,
  isTargetMetric,
  labelMetricNames,
  metricNames,
  metricOfSplit,
  targetMetric,
} from '../metrics/metric-names.js';
import { evaluateLabelModel, labelMetricsOf } from './label-evaluation.js';
import { oneOf } from '../system/nearest.js';

const FILE = 'best.json';
export const MISTAKES_STORED = 20;
/** Far more than the names of so many mistakes take. */
const MAX_BYTES = 1e6;
/** Enough for the second digit of an interval's ends. A trial pays for them at every better epoch that it saves. */
const RESAMPLES = 1000;

/** A split's probabilities [images, classes] with its labels. */
export function scoredOf(index: ImageIndex, split: AnySplit, probabilities: Float32Array): Scored {
  const labels = Int32Array.from(entriesOf(index, split), classOf);
  return { labels, probabilities, classCount: index.classes.length };
}

/** A report's part about a split, from its probabilities in the order of the index. */
export function splitMetrics(
  index: ImageIndex,
  split: AnySplit,
  positiveClass: string | undefined,
  probabilities: Float32Array,
): Pick<Report, 'metrics' | 'detail'> {
  if (isMultilabel(index)) return labelMetricsOf(index, split, probabilities);
  const scored = scoredOf(index, split, probabilities);
  const { metrics, confusion, predictions } = evaluate(scored, index.classes, positiveClass);
  return { metrics, detail: { confusion: confusion.map((row) => [...row]), predictions: [...predictions] } };
}

/** Whether a trial's epochs are evaluated on labelled images of the target, too. */
export function evaluatesTarget(index: ImageIndex): boolean {
  return entriesOf(index, 'targetValidation').length > 0;
}

/** The split that an objective is about. */
export function splitOfMetric(metric: string): 'validation' | 'targetValidation' {
  return isTargetMetric(metric) ? 'targetValidation' : 'validation';
}

/** A report's metrics of the validation images, and of the target's, if there are any; its detail is of the objective's images. */
export function reportMetrics(
  index: ImageIndex,
  { metric, positiveClass }: Pick<Objective, 'metric'> & { readonly positiveClass?: string | undefined },
  validation: Float32Array,
  target?: Float32Array,
): Pick<Report, 'metrics' | 'detail'> {
  const own = splitMetrics(index, 'validation', positiveClass, validation);
  if (target === undefined) return own;
  const other = splitMetrics(index, 'targetValidation', positiveClass, target);
  const named = Object.entries(other.metrics).map(([name, value]) => [targetMetric(name), value] as const);
  return { ...(isTargetMetric(metric) ? other : own), metrics: { ...own.metrics, ...Object.fromEntries(named) } };
}

/** Throws ERR_STUDY_INVALID where reports of these classes lack the objective's metric, or its direction makes no sense. */
export function checkObjective(
  { metric, direction }: Objective,
  { classes, task }: Pick<ImageIndex, 'classes' | 'task'>,
  positiveClass: string | undefined,
  hasTarget = false,
): void {
  const isOfLabels = task === 'multilabel';
  if (positiveClass !== undefined && isOfLabels) {
    throw new HpoError(
      'ERR_STUDY_INVALID',
      `objective.positiveClass: expected none, since each image has several labels, found '${positiveClass}': a metric such as f1/${positiveClass} is about one of them`,
    );
  }
  if (positiveClass !== undefined && !classes.includes(positiveClass)) {
    const problem = `expected ${oneOf(classes, positiveClass, ', found')}`;
    throw new HpoError('ERR_STUDY_INVALID', `objective.positiveClass: ${problem}`);
  }
  const own = isOfLabels ? labelMetricNames(classes) : metricNames(classes, positiveClass);
  const names = [...own, 'trainLoss', ...(hasTarget ? own.map(targetMetric) : [])];
  if (!names.includes(metric)) {
    throw new HpoError('ERR_STUDY_INVALID', `objective.metric: expected ${oneOf(names, metric, ', found')}`);
  }
  const expected = metric === 'trainLoss' ? 'minimize' : directionOf(metric);
  if (direction !== expected) {
    throw new HpoError(
      'ERR_STUDY_INVALID',
      `objective.direction: expected '${expected}' for ${metric}, found '${direction}'`,
    );
  }
}

export const intervalSchema = z.object({
  metric: z.string(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  /** Such as 0.95. */
  level: z.number(),
});

const mistakeSchema = z.object({
  /** Below the split's folder. */
  file: z.string(),
  /** Of images with several labels: the one that is wrong; `actual` and `predicted` are then such as 'boat' and 'no boat'. */
  label: z.exactOptional(z.string()),
  actual: z.string(),
  predicted: z.string(),
  /** Probability of the predicted class. */
  confidence: z.number(),
  /** Probability of the actual class. */
  probabilityOfActual: z.number(),
});

const evaluationSchema = z.object({
  split: z.enum(['train', 'validation', 'test', 'targetValidation', 'targetTest']),
  images: z.number(),
  /** Of the objective, by bootstrap over the images. Missing where the objective is no metric of predictions. */
  interval: z.exactOptional(intervalSchema),
  /** The most confident ones first; at most 20, and 40 of images with several labels. */
  mistakes: z.array(mistakeSchema),
  /** Of images with several labels: from which probability on each label is predicted. */
  thresholds: z.exactOptional(z.array(z.number())),
});

/** Strict, so that a damaged `checksum` is not taken for a file of before there were checksums. */
const fileSchema = z.strictObject({
  /** Missing in files of earlier versions, and of a training that is no trial of a study. */
  trial: z.exactOptional(z.int().min(0)),
  epoch: z.number(),
  ...evaluationSchema.shape,
  checksum: z.exactOptional(z.string()),
});

/** How certain a model's score is, and where it is most wrong. */
export type ModelEvaluation = z.output<typeof evaluationSchema>;
export type ImageMistake = z.output<typeof mistakeSchema>;

export interface ModelEvaluationOptions {
  readonly index: ImageIndex;
  readonly split: z.output<typeof evaluationSchema>['split'];
  readonly metric: string;
  readonly positiveClass?: string | undefined;
  /** Of the study. The same probabilities always give the same interval. */
  readonly seed: number;
  /** Of images with several labels: the model's. Missing: they are chosen on these images. */
  readonly thresholds?: readonly number[] | undefined;
}

/** @param probabilities [images, classes] of the split, in the order of the index. */
export function evaluateModel(options: ModelEvaluationOptions, probabilities: Float32Array): ModelEvaluation {
  const { index, split, metric, positiveClass, seed } = options;
  if (isMultilabel(index)) {
    return { split, ...evaluateLabelModel({ ...options, resamples: RESAMPLES }, probabilities) };
  }
  const { classes } = index;
  const images = entriesOf(index, split);
  const scored = scoredOf(index, split, probabilities);
  const mistakes = confidentlyWrong(scored, MISTAKES_STORED).map((mistake) => ({
    file: (images[mistake.index] as ImageEntry).file,
    actual: classes[mistake.actual] as string,
    predicted: classes[mistake.predicted] as string,
    confidence: mistake.confidence,
    probabilityOfActual: mistake.probabilityOfActual,
  }));
  const result = { split, images: images.length, mistakes };
  const own = metricOfSplit(metric);
  if (!metricNames(classes, positiveClass).includes(own)) return result;
  const random = RandomStream.of(seed, 'interval', split);
  const bootstrap = { resamples: RESAMPLES, ...(positiveClass === undefined ? {} : { positiveClass }) };
  return { ...result, interval: { metric, ...bootstrapInterval(scored, classes, own, random, bootstrap) } };
}

/** What an evaluation is of. */
export interface Evaluated {
  readonly trial: number;
  readonly epoch: number;
}

/** Writes the evaluation of a trial's best epoch into its folder. @param check throws where that is not to be written any more. */
export async function writeModelEvaluation(
  directory: string,
  { trial, epoch }: Evaluated,
  evaluation: ModelEvaluation,
  check: () => void = () => {},
): Promise<void> {
  check();
  makeTrialFolder(directory);
  const content = { trial, epoch, ...evaluation };
  const text = `${JSON.stringify({ ...content, checksum: checksumOf(content) }, null, 2)}\n`;
  await writingToRun(() => writeAtomically(join(directory, FILE), [Buffer.from(text)], { check }));
}

/**
 * What `writeModelEvaluation` wrote for this epoch. Undefined where there is nothing, or where it is of another epoch: a running trial
 * may be ahead of its study.
 * @param trial its number, where the file must be that trial's.
 * @throws HpoError ERR_CHECKPOINT where the file is damaged, or of another trial.
 */
export async function readModelEvaluation(
  directory: string,
  epoch: number | undefined,
  trial?: number,
): Promise<ModelEvaluation | undefined> {
  const file = join(directory, FILE);
  if (epoch === undefined || !existsSync(file)) return undefined;
  const { epoch: written, evaluation } = await readEvaluationFile(file, trial);
  return written === epoch ? evaluation : undefined;
}

export interface WrittenEvaluation {
  readonly epoch: number;
  readonly evaluation: ModelEvaluation;
  /** Whether the file has a checksum; it is the right one then. */
  readonly isChecked: boolean;
}

/**
 * What is in a file that `writeModelEvaluation` wrote.
 * @param trial its number, where the file must be that trial's.
 * @throws HpoError ERR_CHECKPOINT where the file is damaged, or of another trial.
 */
export async function readEvaluationFile(file: string, trial?: number): Promise<WrittenEvaluation> {
  try {
    const value: unknown = JSON.parse((await readRegularFile(file, MAX_BYTES)).toString('utf8'));
    const parsed = fileSchema.safeParse(value);
    if (!parsed.success) throw new TypeError(problemsOf(parsed.error.issues, value).map(formatProblem).join('; '));
    const { checksum, epoch, trial: of, ...evaluation } = parsed.data;
    const { checksum: _, ...content } = z.record(z.string(), z.unknown()).parse(value); // in the file's order
    const found = checksumOf(content);
    if (checksum !== undefined && checksum !== found) {
      throw new TypeError(`one with the checksum ${found} in place of ${checksum}, a file that was changed`);
    }
    if (trial !== undefined && of !== undefined && of !== trial) {
      throw new TypeError(`that of trial ${of} in place of trial ${trial}`);
    }
    return { epoch, evaluation, isChecked: checksum !== undefined };
  } catch (cause) {
    throw new HpoError('ERR_CHECKPOINT', `expected an evaluation, got ${messageOf(cause)} at ${file}`, { cause });
  }
}

function checksumOf(content: object): string {
  return crc32Hex(Buffer.from(JSON.stringify(content)));
}
