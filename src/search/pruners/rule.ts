// What all pruners share: which trials they decide on, from which epoch on, and whether a difference is more than noise.
import type { Objective } from '../../study/objective.js';
import type { History } from '../../study/history.js';
import type { Trial } from '../../study/trial.js';
import type { Pruner, Decision } from '../pruner.js';
import { bestUpTo, epochOf, type EpochScore } from './score.js';
import type { SignificanceTest } from './significance.js';

/** Where a trial stands when it is decided on. */
export interface Standing {
  readonly trial: Trial;
  /** Of its latest report. */
  readonly epoch: number;
  /** Its best report so far. */
  readonly best: EpochScore;
}

type Prune = Extract<Decision, { action: 'prune' }>;

/** A decision that names the rival wherever it prunes. */
export type RuleDecision = Exclude<Decision, Prune> | Required<Prune>;

/** A kind of pruner without what all kinds share. */
export type Rule = (standing: Standing, history: History) => RuleDecision;

export interface Frame {
  readonly objective: Objective;
  /** Epochs of a full trial; at the last there is nothing left to save. */
  readonly epochs: number;
  readonly minEpochs: number;
  /** Present where only differences beyond the noise count. */
  readonly test?: SignificanceTest | undefined;
}

export function go(reason: string): RuleDecision {
  return { action: 'continue', reason };
}

/** The `decide` of a rule within its frame. */
export function decideBy(rule: Rule, { objective, epochs, minEpochs, test }: Frame): Pruner['decide'] {
  return (trial, history) => {
    if (trial.source === 'confirmation') return go('a repeat is trained in full');
    if (trial.source === 'baseline') return go('a baseline is trained in full');
    const epoch = epochOf(trial);
    const best = bestUpTo(objective, trial, epoch);
    if (best === undefined) return go(`no finite ${objective.metric} yet`);
    if (epoch < minEpochs) return go(`epoch ${epoch}; no trial is pruned before epoch ${minEpochs}`);
    if (epoch >= lastEpoch(trial, epochs)) return go(`epoch ${epoch} is the last`);
    const decision = rule({ trial, epoch, best }, history);
    if (decision.action !== 'prune' || test === undefined) return decision;
    const finding = test.compare({ trial, epoch: best.epoch }, decision.rival, history);
    const reason = `${decision.reason}; ${finding.words}`;
    return finding.inDoubt ? go(reason) : { ...decision, reason };
  };
}

/** A study may search the number of epochs itself. */
function lastEpoch(trial: Trial, epochs: number): number {
  const own = trial.parameters['epochs'];
  return typeof own === 'number' ? Math.min(own, epochs) : epochs;
}
