// At the end of a run: files of the winner that are damaged or lost are made again, weights by training, best.json by evaluating them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keptTrials } from '../../controller/choice.js';
import { leaderOf } from '../../controller/confirmation.js';
import type { StudyEnd } from '../../controller/study-end.js';
import { messageOf } from '../../study/errors.js';
import type { History } from '../../study/history.js';
import type { AssignedFold } from '../../study/trial-runner.js';
import { type Trial, isFinished } from '../../study/trial.js';
import { must } from '../../system/must.js';
import type { CnnSettings } from '../../trainer/cnn-settings.js';
import { readModelEvaluation } from '../../trainer/evaluation.js';
import { bestWeightsFile, readBestWeights } from '../../trainer/model/trained-model.js';
import type { Messages } from '../messages.js';
import type { StudySession } from '../open-study.js';
import { neededModels } from './needed-models.js';
import { type TrialEvaluation, evaluationOfTrial, winnerEvaluation } from '../winner.js';

type Session = Pick<StudySession, 'study' | 'layout' | 'settings' | 'record'>;

/** Nobody waits for what takes as long as a trial then: the next run makes it. */
const ENDED_EARLY: ReadonlySet<StudyEnd['reason']> = new Set(['interrupted', 'outOfTime']);

export interface RestoreOptions extends Pick<Messages, 'onWarning'> {
  /** Once aborted, training stops after its epoch: the time of the run is up, or a person stopped it. */
  readonly stopped: AbortSignal;
  /** Once aborted, training stops at once. */
  readonly aborted: AbortSignal;
}

/** What is known of the winner's best epoch. What cannot be read is made again; where that fails, or may not be waited for, a warning says so. */
export async function restoreWinner(
  session: Session,
  { reason }: StudyEnd,
  options: RestoreOptions,
): Promise<TrialEvaluation | undefined> {
  const { layout, settings, study } = session;
  const trial = leaderOf(study.history)?.trial;
  if (trial === undefined || settings === undefined || !isFinished(trial) || ENDED_EARLY.has(reason)) {
    return winnerEvaluation({ history: study.history, layout }, options);
  }
  const { stopped, aborted } = options;
  const warn = (message: string): void => options.onWarning?.(message);
  const restoring = { layout, settings, warn, stopped, aborted };
  let { number } = trial;
  try {
    for (const one of trainedFor(trial, study.history)) {
      ({ number } = one.trial);
      await restore(one, restoring, true);
    }
    for (const one of keptBeside(trial.number, session)) {
      ({ number } = one.trial);
      await restore(one, restoring, false);
    }
    ({ number } = trial);
    return await evaluationOfTrial(layout, trial, study.history);
  } catch (error) {
    warn(`the files of trial ${number} could not be made again: ${messageOf(error)}`);
    return winnerEvaluation({ history: study.history, layout }, options);
  }
}

/** The trials whose weights the study keeps beside the winner's (`search.keep`, `search.choose`). A folder that is missing was never kept, by an earlier version or a smaller `keep`. */
function keptBeside(winner: number, { study: { history }, layout, record }: Session): Trained[] {
  return neededModels(history, keptTrials(record.definition.search)).flatMap((number) => {
    const trial = history.trials[number];
    if (number === winner || trial === undefined || !existsSync(join(layout.trials, String(number)))) return [];
    return trainedFor(trial, history);
  });
}

/** A training that a trial's value is of: its own, or those of its folds. */
interface Trained {
  readonly trial: Trial;
  readonly epoch: number | undefined;
  readonly fold: AssignedFold | undefined;
}

function trainedFor(trial: Trial, { trials, parts }: History): Trained[] {
  if (trial.folds === undefined) return [{ trial, epoch: trial.best?.epoch, fold: undefined }];
  return trial.folds.map(({ trial: number, index, epoch }) => ({
    trial: must(trials[number], 'a trial'),
    epoch,
    fold: { index, folds: parts, repeat: Math.floor(index / parts), part: index % parts },
  }));
}

interface Restoring {
  readonly layout: StudySession['layout'];
  readonly settings: CnnSettings;
  readonly warn: (message: string) => void;
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
}

/** @param isWanted whether best.json is made where it is missing; a damaged one always is. */
async function restore(trained: Trained, restoring: Restoring, isWanted: boolean): Promise<void> {
  const { layout, settings, warn } = restoring;
  const { trial, epoch, fold } = trained;
  const folder = join(layout.trials, String(trial.number));
  await restoreWeights(trained, folder, restoring);
  const isMissing = !existsSync(join(folder, 'best.json'));
  const problem = isMissing ? 'it is missing' : await problemOf(readModelEvaluation(folder, epoch, trial.number));
  if (problem === undefined || (isMissing && !isWanted)) return;
  warn(`best.json of trial ${trial.number} is made again: ${problem}`);
  const { evaluateAgain } = await import('./rebuild.js');
  await evaluateAgain(settings, trial, folder, fold);
}

async function restoreWeights(
  { trial, epoch, fold }: Trained,
  folder: string,
  { settings, warn, stopped, aborted }: Restoring,
): Promise<void> {
  const lost = await problemOf(readBestWeights(bestWeightsFile(folder), epoch, trial.number));
  if (lost === undefined) return;
  if (stopped.aborted) throw stoppedFirst();
  warn(`the weights of trial ${trial.number} are lost, so it is trained again: ${lost}`);
  const { trainAgain } = await import('./rebuild.js');
  if (!(await trainAgain(settings, trial, { directory: folder, fold, stopped, aborted }))) throw stoppedFirst();
}

function stoppedFirst(): Error {
  return new Error('the run was stopped, or its time is up; run the study again to make them');
}

async function problemOf(reading: Promise<unknown>): Promise<string | undefined> {
  return reading.then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
}
