// Everything that a report shows, from a study's journal, its run's folder and its images.
import { dirname } from 'node:path';
import { winnerOf } from '../../controller/confirmation.js';
import type { PicturedMistake, ReportInput, ValueInterval } from '../../report/report-input.js';
import { expectedValueOf } from '../../controller/expected-value.js';
import type { StudyView } from '../files/read-study.js';
import { counted, formatDuration } from '../../system/format.js';
import { timeByMachine } from '../../study/training-time.js';
import { shortPath } from '../../system/short-path.js';
import type { Messages } from '../messages.js';
import { HpoError, messageOf } from '../../study/errors.js';
import { checkBackbones } from '../setup/check-backbone.js';
import { expectOf, knowsPrior } from '../setup/create-search.js';
import { calibrated } from '../model/ensemble-content.js';
import { versions } from '../../system/versions.js';
import { type TrialEvaluation, intervalBasis, winnerEvaluation } from '../winner.js';
import { picturesOf } from './mistake-pictures.js';

/** A study as far as a report needs it. */
export type ReportedStudy = Pick<StudyView, 'name' | 'definition' | 'history' | 'record' | 'file' | 'layout'>;

/** What a report shows of the winner that the journal does not have. */
export interface WinnerParts extends Pick<ReportInput, 'calibration'> {
  readonly interval?: ValueInterval;
  readonly mistakes?: readonly PicturedMistake[];
}

/** What cannot be read is left out, and said. */
export async function reportInputOf(
  study: ReportedStudy,
  { onWarning }: Pick<Messages, 'onWarning'> = {},
): Promise<ReportInput> {
  return reportInputWith(study, await winnerParts(study, { onWarning }));
}

/** What cannot be read is left out, and said. */
export async function winnerParts(
  study: ReportedStudy,
  { onWarning }: Pick<Messages, 'onWarning'>,
): Promise<WinnerParts> {
  const winner = winnerOf(study.history)?.trial;
  const evaluation = winner === undefined ? undefined : await winnerEvaluation(study, { onWarning }, winner);
  const pictures = evaluation === undefined ? undefined : await picturesAndMaps(study, evaluation, onWarning);
  if (pictures?.problem !== undefined) onWarning?.(`mistakes without a picture: ${pictures.problem}`);
  const calibration = await calibrationOfWinner(study);
  const interval = intervalOf(evaluation);
  return {
    ...(interval === undefined ? {} : { interval }),
    ...(calibration === undefined ? {} : { calibration }),
    ...(pictures === undefined ? {} : { mistakes: pictures.mistakes }),
  };
}

export function reportInputWith(
  { name, definition, history, record, file, layout }: ReportedStudy,
  parts: WinnerParts,
): ReportInput {
  const { hpo, node, platform } = versions();
  const expected = expectedValueOf(history, record);
  return {
    name,
    definition,
    history,
    madeAt: Date.now(),
    ...(record.images === undefined ? {} : { images: record.images }),
    ...(typeof expected === 'object' ? { expected } : {}),
    ...expectOfStudy(record, layout),
    ...parts,
    environment: [
      ['hpo', hpo],
      ['Node', node],
      ['platform', platform],
      ...(record.weights === undefined ? [] : [['weights', record.weights] as const]),
      ...(record.images === undefined ? [] : [['images', record.images.digest] as const]),
      ...timeByMachine(history.trials, record.machine).map(
        ({ machine, trials, seconds }) =>
          [`${formatDuration(seconds)} of ${counted(trials, 'trial')}`, machine] as const,
      ),
    ],
    studyPath: shortPath(file ?? layout.root),
  };
}

/** Where a model file that is a backbone is gone, the fitted model does without the prior, and the report says so. */
function expectOfStudy(
  record: ReportedStudy['record'],
  layout: ReportedStudy['layout'],
): Pick<ReportInput, 'expect' | 'expectMissing'> {
  if (!knowsPrior(record.definition)) return {};
  try {
    const backbones = checkBackbones(record.definition, dirname(layout.root), { mayLackWeights: true });
    const expect = expectOf(record, backbones);
    return expect === undefined ? {} : { expect };
  } catch (error) {
    if (!(error instanceof HpoError) || (error.code !== 'ERR_WEIGHTS' && error.code !== 'ERR_BACKBONE')) throw error;
    return { expectMissing: error.message };
  }
}

/** Of the final model of folds nothing is known. Damaged weights are what other lines warn of. */
async function calibrationOfWinner(study: ReportedStudy): Promise<ReportInput['calibration']> {
  const trial = winnerOf(study.history)?.trial;
  if (trial?.best === undefined || trial.folds !== undefined || study.definition.trainer !== undefined)
    return undefined;
  return calibrated(study, trial, undefined, false).catch(() => undefined);
}

/** Without the weights of the best trial the pictures have no maps. */
async function picturesAndMaps(
  study: ReportedStudy,
  evaluation: TrialEvaluation,
  onWarning: Messages['onWarning'],
): Promise<Awaited<ReturnType<typeof picturesOf>>> {
  if (evaluation.mistakes.length === 0) return picturesOf(study, evaluation);
  const { openWinner } = await import('./winner-classifier.js');
  const classifier = await openWinner(study).catch((error: unknown) => {
    onWarning?.(`mistakes without a map of where the network looked: ${messageOf(error)}`);
    return undefined;
  });
  try {
    return await picturesOf(study, evaluation, classifier);
  } finally {
    await classifier?.close();
  }
}

function intervalOf(evaluation: TrialEvaluation | undefined): ValueInterval | undefined {
  if (evaluation?.interval === undefined) return undefined;
  const { low, high, level } = evaluation.interval;
  const basis = intervalBasis(evaluation);
  return { low, high, level, method: evaluation.folds === undefined ? `bootstrap ${basis}` : basis };
}
