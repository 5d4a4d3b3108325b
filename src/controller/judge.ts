// What a report means for its trial: it is recorded, checked against what is known, and ruled on.
import { isDeepStrictEqual } from 'node:util';
import type { Pruner, Decision } from '../search/pruner.js';
import { type Outcome, type Report, type Trial, isOfSearch } from '../study/trial.js';
import { type LiveStudy, searchError } from './live-study.js';

export type Ruling =
  | { readonly action: 'continue' }
  | { readonly action: 'end'; readonly outcome: Outcome }
  | { readonly action: 'pause'; readonly epoch: number; readonly reason: string }
  /** The trainer broke its contract. */
  | { readonly action: 'reject'; readonly message: string };

const CONTINUE: Ruling = { action: 'continue' };

export interface JudgeOptions {
  readonly study: LiveStudy;
  readonly pruner: Pruner;
  /** Told of every decision, also of those that let a trial go on. */
  readonly onDecision?: (trial: Trial, decision: Decision) => void;
  /** Trials that a person wants to end at their next report. */
  readonly unwanted?: ReadonlySet<number>;
}

export class Judge {
  private readonly deviating = new Set<number>();

  constructor(private readonly options: JudgeOptions) {}

  /** Records a report and rules on it. Epochs that are known are only compared: a resumed trainer may repeat them. */
  receive(number: number, report: Report): Ruling {
    const { study } = this.options;
    const trial = study.history.trials[number] as Trial;
    const { metric } = study.history.objective;
    const value = report.metrics[metric];
    if (report.epoch <= trial.reports.length) return this.compare(trial, report);
    if (report.epoch !== trial.reports.length + 1) {
      return { action: 'reject', message: gap(trial, report) };
    }
    if (value === undefined) {
      const present = Object.keys(report.metrics).join(', ') || 'none';
      return { action: 'reject', message: `expected metric '${metric}' in epoch ${report.epoch}, got ${present}` };
    }
    if (!Number.isFinite(value)) {
      const message = `${metric} is ${value} at epoch ${report.epoch}`;
      return { action: 'end', outcome: { status: 'failed', kind: 'diverged', message } };
    }
    study.record({ type: 'reported', trial: number, report: this.finite(trial, report) });
    return this.rule(number);
  }

  /** Rules on a trial's latest report. Throws ERR_SEARCH where the pruner fails. */
  rule(number: number): Ruling {
    const { study, pruner, onDecision, unwanted } = this.options;
    const trial = study.history.trials[number] as Trial;
    const epoch = trial.reports.length;
    if (unwanted?.has(number) === true) {
      return { action: 'end', outcome: { status: 'pruned', epoch, reason: 'ended by hand' } };
    }
    if (!isOfSearch(trial)) return this.goOn(number);
    let decision: Decision;
    try {
      decision = pruner.decide(trial, study.history);
    } catch (error) {
      throw searchError(`the pruner failed to decide on trial ${number} at epoch ${epoch}`, error);
    }
    onDecision?.(trial, decision);
    const { reason } = decision;
    switch (decision.action) {
      case 'continue':
        return this.goOn(number);
      case 'prune':
        return { action: 'end', outcome: { status: 'pruned', epoch, reason } };
      case 'complete':
        return { action: 'end', outcome: { status: 'completed', reason } };
      case 'pause':
        return { action: 'pause', epoch, reason };
    }
  }

  private goOn(trial: number): Ruling {
    this.options.study.judged(trial);
    return CONTINUE;
  }

  private compare(trial: Trial, report: Report): Ruling {
    const known = trial.reports[report.epoch - 1];
    if (known === undefined) return { action: 'reject', message: gap(trial, report) };
    const repeated = withFiniteMetrics(report);
    const same = isDeepStrictEqual([known.metrics, known.detail], [repeated.metrics, repeated.detail]);
    if (!same && !this.deviating.has(trial.number)) {
      this.deviating.add(trial.number);
      const { metric } = this.options.study.history.objective;
      this.options.study.warn(
        `trial ${trial.number} did not repeat epoch ${report.epoch} when it was resumed: ${metric} was ` +
          `${known.metrics[metric]}, now ${report.metrics[metric]}; the first is kept`,
        trial.number,
      );
    }
    return CONTINUE;
  }

  private finite(trial: Trial, report: Report): Report {
    const clean = withFiniteMetrics(report);
    const dropped = Object.keys(report.metrics).filter((name) => clean.metrics[name] === undefined);
    if (dropped.length > 0) {
      const what = dropped.map((name) => `${name} (${report.metrics[name]})`).join(', ');
      this.options.study.warn(`left out of trial ${trial.number}, epoch ${report.epoch}: ${what}`, trial.number);
    }
    return clean;
  }
}

function withFiniteMetrics(report: Report): Report {
  const entries = Object.entries(report.metrics);
  const finite = entries.filter(([, value]) => Number.isFinite(value));
  return finite.length === entries.length ? report : { ...report, metrics: Object.fromEntries(finite) };
}

function gap(trial: Trial, report: Report): string {
  return `expected epoch ${trial.reports.length + 1} next, got epoch ${report.epoch}`;
}
