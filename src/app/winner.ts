// What is known of the trial to go with, and what pre-training is worth.
import { must } from '../system/must.js';
import { join } from 'node:path';
import { baselineOf, transferPays } from '../controller/baseline.js';
import { type Contender, leaderOf, winnerOf } from '../controller/confirmation.js';
import { type ExpectedValue, expectedValueOf } from '../controller/expected-value.js';
import type { StudyRecord } from '../study/events.js';
import type { RunLayout } from '../store/run-layout.js';
import { splitWords } from '../images/indexing/image-index.js';
import { messageOf } from '../study/errors.js';
import type { History } from '../study/history.js';
import type { Trial } from '../study/trial.js';
import { counted, formatMetric } from '../system/format.js';
import { foldInterval } from '../metrics/fold-interval.js';
import { type ModelEvaluation, MISTAKES_STORED, readModelEvaluation } from '../trainer/evaluation.js';
import type { Messages } from './messages.js';

/**
 * What is known of the best epoch of the trial beside its metrics; undefined where there is none, with a trainer of the user's own, or where
 * the file is damaged: then a warning says so, and the journal has all the rest.
 * @param trial default: the one that leads, which may be open.
 */
export async function winnerEvaluation(
  { history, layout }: { readonly history: History; readonly layout: Pick<RunLayout, 'trials'> },
  { onWarning }: Pick<Messages, 'onWarning'>,
  trial = leaderOf(history)?.trial,
): Promise<TrialEvaluation | undefined> {
  if (trial === undefined) return undefined;
  return evaluationOfTrial(layout, trial, history).catch((error: unknown) => {
    onWarning?.(
      `no interval and no mistakes of trial ${trial.number}: ${messageOf(error)}. hpo run makes the file again`,
    );
    return undefined;
  });
}

/** What is known of a trial's best epoch, or of those of its folds together. */
export interface TrialEvaluation extends ModelEvaluation {
  /** How many folds it is of; missing where there are none. */
  readonly folds?: number;
}

/** What was kept of a trial's best epoch, or of those of its folds. @throws HpoError ERR_CHECKPOINT where that is damaged. */
export function evaluationOfTrial(
  layout: Pick<RunLayout, 'trials'>,
  trial: Trial,
  history: Pick<History, 'objective' | 'parts' | 'folds'>,
): Promise<TrialEvaluation | undefined> {
  const { number, best, folds } = trial;
  if (folds !== undefined) return evaluationOfFolds(layout, trial, folds, history);
  return readModelEvaluation(join(layout.trials, String(number)), best?.epoch, number);
}

/** Every image is for validation once in each repeat, so these are predictions of models that were not trained on it. */
async function evaluationOfFolds(
  { trials }: Pick<RunLayout, 'trials'>,
  { mean }: Trial,
  folds: NonNullable<Trial['folds']>,
  { objective, parts, folds: all }: Pick<History, 'objective' | 'parts' | 'folds'>,
): Promise<TrialEvaluation> {
  const found: ModelEvaluation[] = [];
  for (const { trial, epoch } of folds) {
    const evaluation = await readModelEvaluation(join(trials, String(trial)), epoch, trial);
    if (evaluation !== undefined) found.push(evaluation);
  }
  const mistakes = found.flatMap((one) => one.mistakes).sort((a, b) => b.confidence - a.confidence);
  // The same image may be wrong in several repeats.
  const distinct = [...new Map(mistakes.toReversed().map((mistake) => [mistake.file, mistake])).values()].reverse();
  const confusion = mean?.detail?.confusion?.flat().reduce((sum, images) => sum + images, 0) ?? 0;
  const interval = foldInterval(
    folds.map(({ value }) => value),
    parts,
  );
  return {
    split: 'validation',
    images: Math.round(confusion / Math.max(1, all / parts)),
    mistakes: distinct.slice(0, MISTAKES_STORED),
    folds: folds.length,
    ...(interval === undefined ? {} : { interval: { metric: objective.metric, ...interval } }),
  };
}

/** "over the 120 validation images"; "over 5 folds of 320 images, wider because they share training images". */
export function intervalBasis({ images, folds, split }: TrialEvaluation): string {
  if (folds === undefined) return `over the ${counted(images, `${splitWords(split)} image`)}`;
  const of = images > 0 ? ` of ${counted(images, 'image')}` : '';
  return `over ${counted(folds, 'fold')}${of}, wider because they share training images`;
}

/** "0.9012 … 0.9433 with 95 % confidence"; undefined where there is no interval. */
export function intervalText(interval: ModelEvaluation['interval']): string | undefined {
  if (interval === undefined) return undefined;
  const { low, high, level } = interval;
  return `${formatMetric(low)} … ${formatMetric(high)} with ${Math.round(level * 100)} % confidence`;
}

/** "0.9410 on the 120 images it was chosen by; expect 0.9203 (0.8812 … 0.9543) on others like them". @param value on the validation images. */
export function expectedText(value: number, { images, value: expected, low, high }: ExpectedValue): string {
  const [here, there, from, to] = [value, expected, low, high].map(formatMetric);
  return `${here} on the ${counted(images, 'image')} it was chosen by; expect ${there} (${from} … ${to}) on others like them`;
}

/** For programs: null where it is not known. */
export function expectedJson(
  history: History,
  record: Pick<StudyRecord, 'definition' | 'images'>,
): ExpectedValue | null {
  const expected = expectedValueOf(history, record);
  return typeof expected === 'object' ? expected : null;
}

export interface BaselineResult {
  readonly trial: number;
  readonly state: Trial['state'];
  /** Null where it has none. */
  readonly value: number | null;
  readonly epoch: number | null;
  /** Whether transfer beats it by more than chance; null where it has no value. */
  readonly transferPays: boolean | null;
}

/** Undefined where the study has no baseline. */
export function baselineResult(history: History, evaluation: ModelEvaluation | undefined): BaselineResult | undefined {
  const winner = winnerOf(history);
  const trial = baselineOf(history);
  if (winner === undefined || trial === undefined) return undefined;
  const value = trial.state === 'failed' ? undefined : trial.best?.value;
  const pays = value === undefined ? null : transferPays(history.objective, known(winner, evaluation), value);
  return {
    trial: trial.number,
    state: trial.state,
    value: value ?? null,
    epoch: value === undefined ? null : (trial.best?.epoch ?? null),
    transferPays: pays,
  };
}

function known(
  { trial }: Contender,
  evaluation: ModelEvaluation | undefined,
): { value: number; low?: number; high?: number } {
  const { value } = must(trial.best, 'a trial with a value');
  const { interval } = evaluation ?? {};
  return interval === undefined ? { value } : { value, low: interval.low, high: interval.high };
}
