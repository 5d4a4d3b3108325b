// What all pruners share: who is judged at all, from which epoch on, and whether a difference is more than noise.
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

type Prune = Extract<Verdict, { action: 'prune' }>;

/** A verdict that, where it drops a trial, says what it compared with. */
export type Ruling = Exclude<Verdict, Prune> | Required<Prune>;

/** A kind of pruner without what all kinds share. */
export type Rule = (standing: Standing, history: History) => Ruling;

export interface Frame {
  readonly objective: Objective;
  /** Epochs of a full trial; at the last there is nothing left to save. */
  readonly epochs: number;
  readonly minEpochs: number;
  /** Present where only differences beyond the noise count. */
  readonly test?: SignificanceTest | undefined;
}

export function go(reason: string): Ruling {
  return { action: 'continue', reason };
}

/** The `judge` of a rule within its frame. */
export function judgeBy(rule: Rule, { objective, epochs, minEpochs, test }: Frame): Pruner['judge'] {
  return (trial, history) => {
    if (trial.source === 'confirmation') return go('a repeat is trained in full');
    if (trial.source === 'baseline') return go('a baseline is trained in full');
    const epoch = epochOf(trial);
    const best = bestUpTo(objective, trial, epoch);
    if (best === undefined) return go(`no finite ${objective.metric} yet`);
    if (epoch < minEpochs) return go(`epoch ${epoch}; none is judged before epoch ${minEpochs}`);
    if (epoch >= lastEpoch(trial, epochs)) return go(`epoch ${epoch} is the last`);
    const ruling = rule({ trial, epoch, best }, history);
    if (ruling.action !== 'prune' || test === undefined) return ruling;
    const finding = test.compare({ trial, epoch: best.epoch }, ruling.rival, history);
    const reason = `${ruling.reason}; ${finding.words}`;
    return finding.inDoubt ? go(reason) : { ...ruling, reason };
  };
}

/** A study may search the number of epochs itself. */
function lastEpoch(trial: Trial, epochs: number): number {
  const own = trial.parameters['epochs'];
  return typeof own === 'number' ? Math.min(own, epochs) : epochs;
}
