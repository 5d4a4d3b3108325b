// At the end of a run: files of the winner that are damaged or lost are made again, weights by training, best.json by evaluating them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { leaderOf } from '../../controller/confirmation.js';
import type { StudyEnd } from '../../controller/study-end.js';
import { messageOf } from '../../study/errors.js';
import { isFinished } from '../../study/trial.js';
import type { ModelEvaluation } from '../../trainer/evaluation.js';
import { bestWeightsFile, readBestWeights } from '../../trainer/model/trained-model.js';
import type { Messages } from '../messages.js';
import type { StudySession } from '../open-study.js';
import { evaluationOfTrial, winnerEvaluation } from '../winner.js';

type Session = Pick<StudySession, 'study' | 'layout' | 'settings'>;

/** What is known of the winner's best epoch. What cannot be read is made again; where that fails, a warning says so. */
export async function restoreWinner(
  session: Session,
  { reason }: StudyEnd,
  messages: Pick<Messages, 'onWarning'>,
): Promise<ModelEvaluation | undefined> {
  const { layout, settings, study } = session;
  const trial = leaderOf(study.history)?.trial;
  if (trial === undefined || settings === undefined || !isFinished(trial) || reason === 'interrupted') {
    return winnerEvaluation({ history: study.history, layout }, messages);
  }
  const folder = join(layout.trials, String(trial.number));
  const warn = (message: string): void => messages.onWarning?.(message);
  try {
    const lost = await problemOf(readBestWeights(bestWeightsFile(folder), trial.best?.epoch));
    if (lost !== undefined) {
      warn(`the weights of trial ${trial.number} are lost, so it is trained again: ${lost}`);
      const { trainAgain } = await import('./rebuild.js');
      await trainAgain(settings, trial, folder);
    }
    const unreadable = await problemOf(evaluationOfTrial(layout, trial));
    const isMissing = !existsSync(join(folder, 'best.json'));
    if (unreadable !== undefined || isMissing) {
      warn(`best.json of trial ${trial.number} is made again: ${unreadable ?? 'it is missing'}`);
      const { evaluateAgain } = await import('./rebuild.js');
      await evaluateAgain(settings, trial, folder);
    }
    return await evaluationOfTrial(layout, trial);
  } catch (error) {
    warn(`the files of trial ${trial.number} could not be made again: ${messageOf(error)}`);
    return winnerEvaluation({ history: study.history, layout }, messages);
  }
}

async function problemOf(reading: Promise<unknown>): Promise<string | undefined> {
  return reading.then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
}
