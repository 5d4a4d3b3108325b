// Freeze-thaw: a trial pauses when another stretch of seconds promises more, and continues when its turn has come.
import type { History } from '../../study/history.js';
import { isBetter } from '../../study/objective.js';
import type { Parameters } from '../../study/parameters.js';
import type { Trial } from '../../study/trial.js';
import type { FreezeThaw, Outlook, Worth } from '../freeze-thaw.js';
import type { Promotion, Pruner } from '../pruner.js';
import { decideBy, type Frame, go, type RuleDecision, type Standing } from './rule.js';
import { formatDigits } from '../../system/format.js';
import { isOfSearch } from '../../study/trial.js';

/** When all trials were asked, a paused one whose expected improvement is smaller is given up: a twentieth of a point. */
const LEAST_IMPROVEMENT = 5e-4;
/** At least so many trials stay paused with their checkpoints, and so many times the square root of all trials. */
const [LEAST_KEPT, KEPT] = [16, 4];

export interface FreezeThawContext {
  readonly model: FreezeThaw;
  /** Epochs at which a trial may pause. */
  readonly stops: readonly number[];
  /** Configurations that stand for what a new trial could be, given a history. */
  readonly candidates: (history: History) => readonly Parameters[];
  /** The most trials that the study asks, where known. */
  readonly trials: number | undefined;
}

export class FreezeThawPruner implements Pruner {
  readonly decide: Pruner['decide'];

  constructor(
    private readonly context: FreezeThawContext,
    private readonly frame: Frame,
  ) {
    this.decide = decideBy((standing, history) => this.rule(standing, history), { ...frame, test: undefined });
  }

  promote(history: History, remaining: number): Promotion | undefined {
    const outlook = this.context.model.outlook(history);
    if (outlook === undefined) return undefined;
    const best = bestOf(pausedTrials(history, outlook), remaining === 0 ? LEAST_IMPROVEMENT : 0);
    if (best === undefined) return undefined;
    const fresh = remaining === 0 ? undefined : this.bestNew(history, outlook);
    if (fresh !== undefined && fresh.rate > best.worth.rate) return undefined;
    return { trial: best.trial.number, reason: this.words(best.worth, outlook) };
  }

  leftOver(trial: Trial, history: History): string {
    const outlook = this.context.model.outlook(history);
    const worth = outlook?.of(trial);
    if (outlook === undefined || worth === undefined) return 'paused, with nothing to expect of it';
    return `paused: ${this.words(worth, outlook)}`;
  }

  private rule({ trial, epoch }: Standing, history: History): RuleDecision {
    if (!this.context.stops.includes(epoch)) return go(`epoch ${epoch}, between stops`);
    const outlook = this.context.model.outlook(history);
    const own = outlook?.of(trial);
    if (outlook === undefined || own === undefined) return go(`epoch ${epoch}, nothing to compare with`);
    const reason = this.words(own, outlook);
    const fresh = this.remaining(history) > 0 ? this.bestNew(history, outlook) : undefined;
    const least = fresh === undefined ? LEAST_IMPROVEMENT : 0;
    const all = pausedTrials(history, outlook);
    const paused = bestOf(all, least);
    const rival = Math.max(paused?.worth.rate ?? -Infinity, fresh?.rate ?? -Infinity);
    if (own.rate >= rival && own.improvement >= least) return go(reason);
    const other = fresh !== undefined && fresh.rate === rival ? 'a new trial' : `trial ${paused?.trial.number}`;
    const ahead = all.filter(({ worth }) => worth.rate > own.rate).length;
    if (paused !== undefined && ahead >= this.kept() && this.isBehind(trial, history)) {
      const words = `${reason}; ${ahead} paused trials promise more per second`;
      return {
        ...{ action: 'prune', reason: words },
        rival: { kind: 'trial', trial: paused.trial.number, epoch: paused.trial.reports.length },
      };
    }
    return { action: 'pause', reason: rival > own.rate ? `${reason}; ${other} promises more per second` : reason };
  }

  private remaining(history: History): number {
    const { trials } = this.context;
    if (history.stopped !== undefined) return 0;
    return trials === undefined ? 1 : trials - history.trials.filter(isOfSearch).length;
  }

  /** Each paused trial keeps a checkpoint: those that are far from being continued are dropped. */
  private kept(): number {
    const { trials } = this.context;
    return trials === undefined ? Infinity : Math.max(LEAST_KEPT, Math.ceil(KEPT * Math.sqrt(trials)));
  }

  /** The best trial so far is never dropped. */
  private isBehind({ best: own }: Trial, { trials }: History): boolean {
    const { objective } = this.frame;
    return trials.some(({ state, best }) => {
      return (
        state !== 'failed' && own !== undefined && best !== undefined && isBetter(objective, best.value, own.value)
      );
    });
  }

  private bestNew(history: History, outlook: Outlook): Worth | undefined {
    return this.context
      .candidates(history)
      .filter((parameters) => !history.has(parameters))
      .map((parameters) => outlook.ofNew(parameters))
      .reduce<Worth | undefined>(
        (best, worth) => (best === undefined || worth.rate > best.rate ? worth : best),
        undefined,
      );
  }

  private words({ improvement, epoch }: Worth, outlook: Outlook): string {
    const { objective } = this.frame;
    return `expected improvement of ${objective.metric} by epoch ${epoch}: ${formatDigits(outlook.inMetric(improvement), 2)}`;
  }
}

interface PausedTrial {
  readonly trial: Trial;
  readonly worth: Worth;
}

function pausedTrials(history: History, outlook: Outlook): PausedTrial[] {
  return history.trials.flatMap((trial) => {
    const worth = trial.state === 'paused' ? outlook.of(trial) : undefined;
    return worth === undefined ? [] : [{ trial, worth }];
  });
}

/** Of those that promise at least so much. */
function bestOf(paused: readonly PausedTrial[], least: number): PausedTrial | undefined {
  return paused
    .filter(({ worth }) => worth.improvement >= least)
    .reduce<PausedTrial | undefined>(
      (best, one) => (best === undefined || one.worth.rate > best.worth.rate ? one : best),
      undefined,
    );
}

/** Epochs at which trials may pause: from `first` on, each about half as many again, none shortly before the last; and the last. */
export function freezeThawStops(first: number, epochs: number): number[] {
  const stops: number[] = [];
  const after = (stop: number): number => Math.max(stop + 1, Math.round(stop * 1.4));
  for (let stop = first; after(stop) <= epochs; stop = after(stop)) stops.push(stop);
  return [...stops, epochs];
}
