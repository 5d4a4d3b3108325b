// What a report means for its trial: it is checked against what is known, recorded, and shown to the pruner.
import { isDeepStrictEqual } from 'node:util';
import { FoldView, foldOf } from '../search/fold-view.js';
import type { Decision, Pruner } from '../search/pruner.js';
import type { History } from '../study/history.js';
import { type MachineKind, describeKind, isSameKind } from '../study/machine-kind.js';
import { type Failure, type Report, type Trial, isOfSearch } from '../study/trial.js';
import { type LiveStudy, searchError } from './live-study.js';
import { debugOf } from '../system/debug.js';
import { must } from '../system/must.js';
import { ownValue } from '../system/own.js';
import { hint } from '../system/nearest.js';

const debug = debugOf('pruner');

/** What holds where nobody decides otherwise. */
export const CONTINUE: Decision = { action: 'continue', reason: 'it may continue' };
export const PRUNED_BY_HAND: Decision = { action: 'prune', reason: 'ended by hand' };

/** What the journal says of where trials are. */
export interface StudyMachines {
  /** Where trials are of which nobody says otherwise. */
  readonly here: MachineKind;
  /** Where the study began; missing in journals of earlier versions. */
  readonly began: MachineKind | undefined;
}

export interface TrialDecisionsOptions {
  readonly study: LiveStudy;
  readonly pruner: Pruner;
  /** Decides in a fold; default: the pruner, in every one. */
  readonly prunerOfFold?: ((fold: number) => Pruner) | undefined;
  /** Told of every decision of the pruner, also of those that let a trial go on. */
  readonly onDecision?: (trial: Trial, decision: Decision) => void;
  readonly machines?: StudyMachines;
  /** Trials that a person wants to end at their next report. */
  readonly prunedByHand?: ReadonlySet<number>;
}

export class TrialDecisions {
  private readonly deviating = new Set<number>();
  private cutOff: ReadonlyMap<number, Decision> | undefined;

  constructor(private readonly options: TrialDecisionsOptions) {}

  /**
   * Records a report and decides on its trial. Epochs that are known are only compared: a resumed trainer may repeat them.
   * @param place where the trial is, if that is not this machine.
   */
  receive(number: number, report: Report, place?: MachineKind): Decision | Failure {
    const { study } = this.options;
    const trial = study.history.trials[number] as Trial;
    const { metric } = study.history.objective;
    const value = ownValue(report.metrics, metric);
    if (report.epoch <= trial.reports.length) return this.compare(trial, report);
    if (report.epoch !== trial.reports.length + 1) {
      return contractFailure(`expected epoch ${trial.reports.length + 1} next, got epoch ${report.epoch}`);
    }
    if (value === undefined) {
      const present = Object.keys(report.metrics);
      const got = `${present.join(', ') || 'none'}${hint(metric, present)}`;
      return contractFailure(`expected metric '${metric}' in epoch ${report.epoch}, got ${got}`);
    }
    if (!Number.isFinite(value)) {
      return { status: 'failed', kind: 'diverged', message: `${metric} is ${value} at epoch ${report.epoch}` };
    }
    const clean = withFiniteMetrics(report);
    if (clean !== report) this.warnOfDropped(trial, report);
    const machine = this.moved(trial, place);
    study.record({ type: 'reported', trial: number, report: clean, ...(machine === undefined ? {} : { machine }) });
    return this.decide(must(study.history.trials[number], 'a trial'), study.view);
  }

  /**
   * What holds for a trial that an earlier process left unfinished: the decision on its last report, as it would have been there.
   * Throws ERR_SEARCH where the pruner fails.
   */
  afterCutOff(number: number): Decision {
    this.cutOff ??= this.options.study.decideOnCutOff((trial, history) => this.decide(trial, history));
    return this.cutOff.get(number) ?? CONTINUE;
  }

  /** Decides on a trial after its latest report. */
  private decide(trial: Trial, history: History): Decision {
    const { onDecision, prunedByHand } = this.options;
    const { number, reports, fold } = trial;
    const whole = fold === undefined ? trial : must(history.trials[fold.of], 'a trial');
    if (prunedByHand?.has(number) === true || prunedByHand?.has(whole.number) === true) return PRUNED_BY_HAND;
    if (whole !== trial && whole.outcome !== undefined) {
      return { action: 'prune', reason: `trial ${whole.number} was given up meanwhile` };
    }
    if (!isOfSearch(whole)) return CONTINUE;
    let decision: Decision;
    try {
      decision = history.folds === 1 ? this.options.pruner.decide(trial, history) : this.decideInFold(trial, history);
    } catch (error) {
      throw searchError(`the pruner failed to decide on trial ${number} at epoch ${reports.length}`, error);
    }
    debug(() => `trial ${number}, epoch ${reports.length}: ${decision.action}, ${decision.reason}`);
    onDecision?.(trial, decision);
    return decision;
  }

  /** By what other trials had on the same fold. Whoever pauses trials does so in the first fold: what gets others has earned all its epochs. */
  private decideInFold(trial: Trial, history: History): Decision {
    const fold = foldOf(trial);
    const { pruner, prunerOfFold } = this.options;
    const own = prunerOfFold?.(fold) ?? pruner;
    if (fold > 0 && own.promote !== undefined) return CONTINUE;
    const view = new FoldView(history, fold);
    return own.decide(must(view.trials[trial.number], 'a trial'), view);
  }

  private compare(trial: Trial, report: Report): Decision {
    const known = trial.reports[report.epoch - 1] as Report;
    const repeated = withFiniteMetrics(report);
    const same = isDeepStrictEqual([known.metrics, known.detail], [repeated.metrics, repeated.detail]);
    if (!same && !this.deviating.has(trial.number)) {
      this.deviating.add(trial.number);
      const { metric } = this.options.study.history.objective;
      this.options.study.warn(
        `trial ${trial.number} gave another result for epoch ${report.epoch} when it was resumed: ${metric} was ` +
          `${ownValue(known.metrics, metric)}, now ${ownValue(report.metrics, metric)}; the first result counts`,
        trial.number,
      );
    }
    return CONTINUE;
  }

  /** Where the trial is now, if that is another kind of machine than the journal says. A trial that moves between epochs is told of. */
  private moved({ number, reports, machine }: Trial, place: MachineKind | undefined): MachineKind | undefined {
    const { machines, study } = this.options;
    const [before, now] = [machine ?? machines?.began, place ?? machines?.here];
    if (now === undefined || isSameKind(before, now)) return undefined;
    if (before !== undefined && reports.length > 0) {
      const what = `${describeKind(before)}, and goes on at ${describeKind(now)}: numbers differ in their last bits`;
      study.warn(`trial ${number} was at ${what}`, number);
    }
    return now;
  }

  private warnOfDropped(trial: Trial, report: Report): void {
    const dropped = Object.entries(report.metrics).filter(([, value]) => !Number.isFinite(value));
    const what = dropped.map(([name, value]) => `${name} (${value})`).join(', ');
    this.options.study.warn(`left out of trial ${trial.number}, epoch ${report.epoch}: ${what}`, trial.number);
  }
}

function withFiniteMetrics(report: Report): Report {
  const entries = Object.entries(report.metrics);
  const finite = entries.filter(([, value]) => Number.isFinite(value));
  return finite.length === entries.length ? report : { ...report, metrics: Object.fromEntries(finite) };
}

/** The trainer broke its contract. */
function contractFailure(message: string): Failure {
  return { status: 'failed', kind: 'crashed', message, fault: 'trainer' };
}
