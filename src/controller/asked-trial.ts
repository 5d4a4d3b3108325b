// A trial in the hands of someone's own loop: it reports there, and learns whether to go on.
import type { Decision } from '../search/pruner.js';
import type { TrialFolders } from '../store/trial-folders.js';
import { HpoError } from '../study/errors.js';
import type { Parameters } from '../study/parameters.js';
import type { ClassificationDetail, Failure, Outcome, Trial } from '../study/trial.js';
import { checkReport } from '../workers/protocol/check-report.js';
import { CONTINUE, type TrialDecisions } from './trial-decisions.js';
import { fateOf } from './trial-fate.js';

/** What a report may say beside its metrics. */
export interface ReportExtras {
  readonly detail?: ClassificationDetail;
  /** Wall time of the epoch. */
  readonly seconds?: number;
}

export interface AskedTrialOptions {
  readonly trial: Trial;
  readonly seed: number;
  /** Where the study keeps its trials' folders, if it lies on disk. */
  readonly folders: TrialFolders | undefined;
  readonly decisions: TrialDecisions;
  /** What was decided on its latest report, where that comes from an earlier process. */
  readonly decision: Decision;
}

export class AskedTrial {
  readonly number: number;
  readonly parameters: Parameters;
  /** Why these parameters, in words. */
  readonly note: string | undefined;
  /** The study's seed. */
  readonly seed: number;
  /** Epochs that are known from an earlier process. They may be reported again, and are not decided on again. */
  readonly reported: number;
  private readonly folders: TrialFolders | undefined;
  private readonly decisions: TrialDecisions;
  private latest: Decision | Failure;
  /** The last epoch that is recorded. */
  private epoch: number;

  constructor({ trial, seed, folders, decisions, decision }: AskedTrialOptions) {
    this.number = trial.number;
    this.parameters = trial.parameters;
    this.note = trial.note;
    this.seed = seed;
    this.folders = folders;
    this.reported = trial.reports.length;
    this.decisions = decisions;
    this.latest = decision;
    this.epoch = this.reported;
  }

  /**
   * A folder for checkpoints, made when it is first asked for; undefined where the study lies in memory. It outlives
   * interruptions; of finished trials only the best keeps it.
   */
  get directory(): string | undefined {
    return this.folders?.prepare(this.number);
  }

  /**
   * Records an epoch, counted from 1 without gaps, and returns the pruner's decision. An objective that is not finite
   * ends the trial as diverged.
   * @throws HpoError ERR_USAGE for what is no report; ERR_STORE, ERR_SEARCH.
   */
  report(epoch: number, metrics: Readonly<Record<string, number>>, extras: ReportExtras = {}): Decision {
    const report = checkReport({ epoch, metrics, ...extras });
    if ('problem' in report) throw this.misuse(report.problem);
    if (this.outcome?.status === 'failed') throw this.misuse('expected no report after the trial diverged, got one');
    const decision = this.decisions.receive(this.number, report);
    if ('status' in decision && decision.fault === 'trainer') throw this.misuse(decision.message);
    this.latest = decision;
    this.epoch = Math.max(this.epoch, epoch);
    return this.decision;
  }

  /** What follows from the latest report. */
  get decision(): Decision {
    const { latest } = this;
    if ('status' in latest) return { action: 'prune', reason: latest.message };
    return latest.action === 'pause' ? CONTINUE : latest; // a trial of somebody's own loop cannot be paused
  }

  /** Whether to give the trial up now: it is worse than it should be, or diverged. */
  shouldPrune(): boolean {
    return this.decision.action === 'prune';
  }

  /** How the latest report ended the trial, if it did. */
  get outcome(): Outcome | undefined {
    const fate = fateOf(this.latest, this.epoch, undefined);
    return fate === undefined || 'action' in fate ? undefined : fate;
  }

  private misuse(what: string): HpoError {
    return new HpoError('ERR_USAGE', `trial ${this.number}: ${what}`);
  }
}
