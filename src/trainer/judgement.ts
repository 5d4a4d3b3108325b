// How sure a model's value is and where it is most wrong: what is kept beside a trial's best weights.
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RandomStream } from '../math/random.js';
import { HpoError, messageOf } from '../study/errors.js';
import { writeAtomically } from '../system/atomic-file.js';
import type { ImageEntry, ImageIndex, Split } from '../images/indexing/image-index.js';
import { scoredOf } from './judge.js';
import { bootstrapInterval } from '../metrics/bootstrap.js';
import { confidentlyWrong } from '../metrics/confidently-wrong.js';
import { metricNames } from '../metrics/metric-names.js';

const FILE = 'best.json';
const MISTAKES_KEPT = 20;
/** Enough for the second digit of an interval's ends; a trial pays for them at every better epoch that it saves. */
const RESAMPLES = 1000;

const intervalSchema = z.object({
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
  actual: z.string(),
  predicted: z.string(),
  /** Probability of the predicted class. */
  confidence: z.number(),
  /** Probability of the actual class. */
  probabilityOfActual: z.number(),
});

const judgementSchema = z.object({
  split: z.enum(['train', 'validation', 'test']),
  images: z.number(),
  /** Of the objective by bootstrap over the images; missing where it is no metric of predictions. */
  interval: z.exactOptional(intervalSchema),
  /** The most confident ones first; at most 20. */
  mistakes: z.array(mistakeSchema),
});

const fileSchema = judgementSchema.extend({ epoch: z.number() });

export type Judgement = z.output<typeof judgementSchema>;
export type ImageMistake = z.output<typeof mistakeSchema>;

export interface JudgementOptions {
  readonly index: ImageIndex;
  readonly split: Split;
  readonly metric: string;
  readonly positiveClass?: string | undefined;
  /** Of the study: the same probabilities always give the same interval. */
  readonly seed: number;
}

/** @param probabilities [images, classes] of the split, in the order of the index. */
export function judgementOf(options: JudgementOptions, probabilities: Float32Array): Judgement {
  const { index, split, metric, positiveClass, seed } = options;
  const { classes } = index;
  const scored = scoredOf(index, split, probabilities);
  const mistakes = confidentlyWrong(scored, MISTAKES_KEPT).map((mistake) => ({
    file: (index.splits[split][mistake.index] as ImageEntry).file,
    actual: classes[mistake.actual] as string,
    predicted: classes[mistake.predicted] as string,
    confidence: mistake.confidence,
    probabilityOfActual: mistake.probabilityOfActual,
  }));
  const result = { split, images: index.splits[split].length, mistakes };
  if (!metricNames(classes, positiveClass).includes(metric)) return result;
  const random = RandomStream.of(seed, 'interval', split);
  const bootstrap = { resamples: RESAMPLES, ...(positiveClass === undefined ? {} : { positiveClass }) };
  return { ...result, interval: { metric, ...bootstrapInterval(scored, classes, metric, random, bootstrap) } };
}

/** Writes what is known of a trial's best epoch into its folder. */
export async function writeJudgement(directory: string, epoch: number, judgement: Judgement): Promise<void> {
  await mkdir(directory, { recursive: true });
  const text = `${JSON.stringify({ epoch, ...judgement }, null, 2)}\n`;
  await writeAtomically(join(directory, FILE), [Buffer.from(text)]);
}

/**
 * What `writeJudgement` wrote for this epoch; undefined where there is nothing, or it is of another epoch: a trial that goes on
 * may be ahead of its study.
 * @throws HpoError ERR_CHECKPOINT where the file is no judgement.
 */
export async function readJudgement(directory: string, epoch: number | undefined): Promise<Judgement | undefined> {
  const file = join(directory, FILE);
  if (epoch === undefined || !existsSync(file)) return undefined;
  try {
    const { epoch: written, ...judgement } = fileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return written === epoch ? judgement : undefined;
  } catch (cause) {
    throw new HpoError('ERR_CHECKPOINT', `expected a judgement, got ${messageOf(cause)} at ${file}`, { cause });
  }
}
