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
import { neededModels } from './needed-models.js';
import { evaluationOfTrial, winnerEvaluation } from '../winner.js';

type Session = Pick<StudySession, 'study' | 'layout' | 'settings' | 'record'>;

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
    await restoreKept(session, trial.number, warn);
    return await evaluationOfTrial(layout, trial);
  } catch (error) {
    warn(`the files of trial ${trial.number} could not be made again: ${messageOf(error)}`);
    return winnerEvaluation({ history: study.history, layout }, messages);
  }
}

/** The weights that `search.keep` keeps beside the winner's. A folder that is missing was never kept, by an earlier version or a smaller `keep`. */
async function restoreKept(
  { study, layout, settings, record }: Session,
  winner: number,
  warn: (message: string) => void,
): Promise<void> {
  if (settings === undefined) return;
  for (const number of neededModels(study.history, record.definition.search.keep)) {
    const trial = study.history.trials[number];
    const folder = join(layout.trials, String(number));
    if (number === winner || trial === undefined || !existsSync(folder)) continue;
    const lost = await problemOf(readBestWeights(bestWeightsFile(folder), trial.best?.epoch));
    if (lost !== undefined) {
      warn(`the weights of trial ${number} are lost, so it is trained again: ${lost}`);
      const { trainAgain } = await import('./rebuild.js');
      await trainAgain(settings, trial, folder);
    }
    if (existsSync(join(folder, 'best.json')) && (await problemOf(evaluationOfTrial(layout, trial))) !== undefined) {
      const { evaluateAgain } = await import('./rebuild.js');
      await evaluateAgain(settings, trial, folder);
    }
  }
}

async function problemOf(reading: Promise<unknown>): Promise<string | undefined> {
  return reading.then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
}
