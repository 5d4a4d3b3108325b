// The state of a study: what its events add up to. `apply` is the only way that it changes.
import { must } from '../system/must.js';
import type { StopReason, StudyRecord, TrialEvent } from './events.js';
import { freezeDeep } from '../system/frozen.js';
import { type Objective, isBetter, valueOf } from './objective.js';
import type { Parameters } from './parameters.js';
import { NO_SUM, type WorkSum, addWork } from './reuse.js';
import { isAhead, withFold } from './folds.js';
import { changesSearch } from './search-changes.js';
import { foldsIn } from './schema/validation-schema.js';
import { type FoldPlace, type Outcome, type Report, type Trial, isOfSearch } from './trial.js';

/** Why a search is over before its total. */
export interface SearchStop {
  readonly reason: StopReason;
  readonly message: string;
}

/** The trials of a study and what follows from them. Trial records are frozen, and so is all in them; the list grows in place. */
export interface History {
  readonly objective: Objective;
  /** Into how many folds, over all repeats, a trial is divided; 1 where the study has none. */
  readonly folds: number;
  /** Parts that the images are divided into for folds; 1 where the study has none. */
  readonly parts: number;
  /** By number. */
  readonly trials: readonly Trial[];
  /**
   * The finished, not failed trial with the best value, of those with the most folds; never a repeat or a baseline. Of equal ones that which
   * ended first, since journals of earlier versions kept its weights.
   */
  readonly best: Trial | undefined;
  readonly counts: Readonly<Record<Trial['state'], number>>;
  /** The latest finished trials as long as they failed, by number, in the order in which they did; baselines aside. */
  readonly failuresInARow: readonly number[];
  readonly warnings: readonly string[];
  /** What the journal says of the study, as it was amended last; undefined before its first event. */
  readonly record: StudyRecord | undefined;
  /** Since the search is over before its total. */
  readonly stopped: SearchStop | undefined;
  /** What slots without a trial computed, in a journal of an earlier version. */
  readonly prepared: WorkSum;
  /** Whether a trial, in whatever state, has exactly these parameters. */
  has(parameters: Parameters): boolean;
}

/** A canonical text of the parameters: equal sets give equal texts, whatever the order of their names. */
export function parametersKey(parameters: Parameters): string {
  const names = Object.keys(parameters).sort();
  return JSON.stringify(names.map((name) => [name, parameters[name]]));
}

/**
 * Builds histories from events. Changes its lists in place so that an event costs the same at ten thousand trials as at
 * ten; each trial record is replaced, never edited, so a view can compare by identity.
 */
export class HistoryLedger implements History {
  readonly trials: Trial[] = [];
  readonly warnings: string[] = [];
  readonly counts: Record<Trial['state'], number> = {
    asked: 0,
    running: 0,
    paused: 0,
    completed: 0,
    pruned: 0,
    failed: 0,
  };
  best: Trial | undefined;
  failuresInARow: number[] = [];
  record: StudyRecord | undefined;
  stopped: SearchStop | undefined;
  prepared: WorkSum = NO_SUM;
  folds = 1;
  parts = 1;
  /** Events that were applied. */
  changes = 0;
  private readonly keys = new Set<string>();

  constructor(readonly objective: Objective) {}

  has(parameters: Parameters): boolean {
    return this.keys.has(parametersKey(parameters));
  }

  /** Throws a RangeError where the event does not fit what happened before. Changes nothing. */
  check(event: TrialEvent): void {
    switch (event.type) {
      case 'asked':
        if (event.trial !== this.trials.length) {
          throw new RangeError(`expected trial ${this.trials.length} to be asked next, got trial ${event.trial}`);
        }
        return this.checkPlace(event.fold);
      case 'started':
        return this.expect(event, 'asked');
      case 'reported':
        this.expect(event, 'running');
        return this.checkEpoch(event);
      case 'paused':
      case 'folded':
      case 'retried':
        return this.expect(event, 'running');
      case 'promoted':
        return this.expect(event, 'paused');
      case 'told':
        return this.expect(event, 'running', 'paused', 'asked');
      default:
        return;
    }
  }

  /** Applies one event. Throws a RangeError, as `check` does, before anything has changed. */
  apply(event: TrialEvent): void {
    this.check(event);
    freezeDeep(event);
    this.changes++;
    switch (event.type) {
      case 'created':
      case 'amended':
        this.folds = foldsIn(event.study.definition.validation);
        this.parts = event.study.definition.validation?.folds ?? 1;
        if (changesSearch(this.record, event.study)) this.stopped = undefined;
        this.record = event.study;
        return;
      case 'asked':
        return this.ask(event);
      case 'started':
        return this.change(event.trial, { state: 'running', slot: event.slot, startedAt: event.at });
      case 'reported':
        return this.report(event);
      case 'paused':
        return this.change(event.trial, { state: 'paused' });
      case 'folded':
        this.change(event.trial, { state: 'paused' });
        return this.addFold(event.trial, { of: event.trial, index: 0 });
      case 'promoted':
        return this.change(event.trial, { state: 'running' });
      case 'retried':
        return this.change(event.trial, { retried: { kind: event.kind, message: event.message } });
      case 'prepared':
        this.prepared = addWork(this.prepared, event);
        return;
      case 'told':
        return this.tell(event);
      case 'stopped':
        this.stopped = { reason: event.reason, message: event.message };
        return;
      case 'warned':
        this.warnings.push(event.message);
        return;
    }
  }

  private ask(event: Extract<TrialEvent, { type: 'asked' }>): void {
    const trial: Trial = {
      number: event.trial,
      parameters: event.parameters,
      source: event.source,
      ...(event.note === undefined ? {} : { note: event.note }),
      ...(event.fold === undefined ? {} : { fold: event.fold }),
      state: 'asked',
      reports: [],
      askedAt: event.at,
    };
    this.trials.push(freezeDeep(trial));
    // In journals of earlier versions a search went on after any change of the study.
    if (isOfSearch(trial)) this.stopped = undefined;
    this.counts.asked++;
    this.keys.add(parametersKey(event.parameters));
  }

  /** A trial has ended its part of another one, or of itself. A trial that has ended meanwhile stays as it is. */
  private addFold(number: number, { of, index }: FoldPlace): void {
    const trained = this.trial(number);
    const trial = this.trial(of);
    const report = trained.best === undefined ? undefined : trained.reports[trained.best.epoch - 1];
    if (trained.best === undefined || report === undefined || trial.outcome !== undefined) return;
    this.replace(withFold(trial, { index, trial: number, ...trained.best }, report));
  }

  private report({ trial: number, report, machine }: Extract<TrialEvent, { type: 'reported' }>): void {
    const trial = this.trial(number);
    const best = bestOf(this.objective, trial, report);
    this.change(number, {
      reports: [...trial.reports, report],
      ...(best === undefined ? {} : { best }),
      ...(machine === undefined ? {} : { machine }),
    });
  }

  private tell({ trial: number, outcome, at }: Extract<TrialEvent, { type: 'told' }>): void {
    this.change(number, { state: outcome.status, outcome, endedAt: at });
    const trial = this.trial(number);
    if (trial.fold !== undefined && outcome.status === 'completed') this.addFold(number, trial.fold);
    // What becomes of a fold becomes of its trial.
    if (trial.source === 'baseline' || trial.source === 'fold') return;
    if (outcome.status === 'failed') this.failuresInARow.push(number);
    else this.failuresInARow = [];
    // A lucky repeat says something of the trial that it repeats; it is none that could be chosen.
    if (isOfSearch(trial)) this.considerBest(trial, outcome);
  }

  private considerBest(trial: Trial, outcome: Outcome): void {
    if (outcome.status === 'failed' || trial.best === undefined) return;
    if (isAhead(this.objective, trial, this.best)) this.best = trial;
  }

  private checkPlace(fold: FoldPlace | undefined): void {
    if (fold === undefined) return;
    if (this.trials[fold.of] === undefined || fold.index < 1 || fold.index >= this.folds) {
      throw new RangeError(`expected a fold of a known trial, got fold ${fold.index} of trial ${fold.of}`);
    }
  }

  private checkEpoch({ trial, report: { epoch } }: Extract<TrialEvent, { type: 'reported' }>): void {
    const expected = this.trial(trial).reports.length + 1;
    if (epoch !== expected) throw new RangeError(`expected epoch ${expected} of trial ${trial}, got epoch ${epoch}`);
  }

  private expect(event: { readonly type: string; readonly trial: number }, ...states: Trial['state'][]): void {
    const trial = this.trials[event.trial];
    if (trial === undefined) {
      throw new RangeError(
        `expected a known trial in '${event.type}', got trial ${event.trial} of ${this.trials.length}`,
      );
    }
    if (!states.includes(trial.state)) {
      throw new RangeError(
        `expected trial ${trial.number} to be ${states.join(' or ')} at '${event.type}', but it is ${trial.state}`,
      );
    }
  }

  private trial(number: number): Trial {
    return must(this.trials[number], 'a trial');
  }

  private change(number: number, fields: Partial<Trial>): void {
    this.replace({ ...this.trial(number), ...fields });
  }

  private replace(trial: Trial): void {
    this.counts[this.trial(trial.number).state]--;
    this.counts[trial.state]++;
    this.trials[trial.number] = freezeDeep(trial);
  }
}

/** A history that cannot be changed by those who have it. Its lists are those of the moment in which they are asked for. */
export class HistoryView implements History {
  private list: readonly Trial[] = [];
  /** Events that the list knows. */
  private known = -1;

  constructor(private readonly ledger: HistoryLedger) {}

  get objective(): Objective {
    return this.ledger.objective;
  }

  get folds(): number {
    return this.ledger.folds;
  }

  get parts(): number {
    return this.ledger.parts;
  }

  get trials(): readonly Trial[] {
    if (this.known !== this.ledger.changes) this.list = Object.freeze([...this.ledger.trials]);
    this.known = this.ledger.changes;
    return this.list;
  }

  get best(): Trial | undefined {
    return this.ledger.best;
  }

  get counts(): History['counts'] {
    return { ...this.ledger.counts };
  }

  get failuresInARow(): readonly number[] {
    return [...this.ledger.failuresInARow];
  }

  get warnings(): readonly string[] {
    return [...this.ledger.warnings];
  }

  get record(): StudyRecord | undefined {
    return this.ledger.record;
  }

  get stopped(): SearchStop | undefined {
    return this.ledger.stopped;
  }

  get prepared(): WorkSum {
    return this.ledger.prepared;
  }

  has(parameters: Parameters): boolean {
    return this.ledger.has(parameters);
  }
}

function bestOf(objective: Objective, trial: Trial, report: Report): Trial['best'] {
  const value = valueOf(objective, report);
  if (value === undefined) return trial.best;
  if (trial.best !== undefined && !isBetter(objective, value, trial.best.value)) return trial.best;
  return { epoch: report.epoch, value };
}
