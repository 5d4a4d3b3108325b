// What all pruners share: who is judged at all, from which epoch on, and whether a difference is more than noise.
import { HpoError } from '../../study/errors.js';
import type { Objective } from '../../study/objective.js';
import type { History } from '../../study/history.js';
import type { Trial } from '../../study/trial.js';
import type { Pruner, Verdict } from '../pruner.js';
import { bestUpTo, epochOf, type EpochScore } from './score.js';
import type { SignificanceTest } from './significance.js';

/** Where a trial stands when it is judged. */
export interface Standing {
  readonly trial: Trial;
  /** Of its latest report. */
  readonly epoch: number;
  /** Its best report so far. */
  readonly best: EpochScore;
}

/** A kind of pruner without what all kinds share. */
export type Rule = (standing: Standing, history: History) => Verdict;

export interface Frame {
  readonly objective: Objective;
  /** Epochs of a full trial; at the last there is nothing left to save. */
  readonly epochs: number;
  readonly minEpochs: number;
  /** Present where only differences beyond the noise count. */
  readonly test?: SignificanceTest | undefined;
}

export function go(reason: string): Verdict {
  return { action: 'continue', reason };
}

/** The `judge` of a rule within its frame. */
export function judgeBy(rule: Rule, { objective, epochs, minEpochs, test }: Frame): Pruner['judge'] {
  return (trial, history) => {
    if (trial.source === 'confirmation') return go('a repeat is trained in full');
    const epoch = epochOf(trial);
    const best = bestUpTo(objective, trial, epoch);
    if (best === undefined) return go(`no finite ${objective.metric} yet`);
    if (epoch < minEpochs) return go(`epoch ${epoch}; none is judged before epoch ${minEpochs}`);
    if (epoch >= epochs) return go(`epoch ${epoch} is the last`);
    const verdict = rule({ trial, epoch, best }, history);
    return verdict.action === 'prune' && test !== undefined ? confirmed(verdict, trial, best, history, test) : verdict;
  };
}

function confirmed(
  verdict: Extract<Verdict, { action: 'prune' }>,
  trial: Trial,
  best: EpochScore,
  history: History,
  test: SignificanceTest,
): Verdict {
  if (verdict.rival === undefined)
    throw new HpoError('ERR_USAGE', 'expected a rival in every pruning verdict, got none');
  const finding = test.compare({ trial, epoch: best.epoch }, verdict.rival, history);
  const reason = `${verdict.reason}; ${finding.words}`;
  return finding.inDoubt ? go(reason) : { ...verdict, reason };
}
