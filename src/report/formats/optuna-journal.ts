// A study as Optuna's journal, which optuna-dashboard and JournalStorage open: whole, or line by line as it happens.
import { HpoError } from '../../study/errors.js';
import type { TrialEvent } from '../../study/events.js';
import { type Objective, isBetter, valueOf } from '../../study/objective.js';
import type { Domain, Domains, Scalar } from '../../study/parameters.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { type Outcome, type TrialSource, isOfSearch } from '../../study/trial.js';
import { ownValue } from '../../system/own.js';

/** Operation codes of Optuna's JournalOperation. */
const CREATE_STUDY = 0;
const STUDY_ATTRIBUTE = 2;
const CREATE_TRIAL = 4;
const STATE_AND_VALUES = 6;
const INTERMEDIATE_VALUE = 7;
const TRIAL_ATTRIBUTE = 8;

/** Optuna's TrialState. */
const STATES = { running: 0, completed: 1, pruned: 2, failed: 3 } as const;

/**
 * Turns events into lines of the journal. Trials keep their numbers. A categorical parameter must have the same choices in all
 * of a study's trials, so `definition` is the latest one, and a study that is amended is written anew.
 */
export class OptunaMirror {
  private readonly best = new Map<number, number>();
  private readonly started = new Map<number, number>();
  private readonly sources = new Map<number, TrialSource>();
  /** Of a trial of source 'fold', whose it is. */
  private readonly wholes = new Map<number, number>();
  /** Of a trial in folds, the values of those that have ended. */
  private readonly foldValues = new Map<number, number[]>();

  constructor(private readonly definition: StudyDefinition) {}

  /** The lines that the event adds, each with its line break; none for most kinds. */
  lines(event: TrialEvent): string {
    switch (event.type) {
      case 'created':
        return this.createStudy(event.study.name);
      case 'asked':
        this.sources.set(event.trial, event.source);
        if (event.fold !== undefined) this.wholes.set(event.trial, event.fold.of);
        return this.createTrial(event);
      case 'reported': {
        const value = valueOf(this.objective, event.report);
        if (value !== undefined) this.consider(event.trial, value);
        return line(INTERMEDIATE_VALUE, {
          trial_id: event.trial,
          step: event.report.epoch,
          intermediate_value: value ?? NaN,
        });
      }
      case 'folded':
        this.addFold(event.trial, event.trial);
        return '';
      case 'told':
        if (event.outcome.status === 'completed') this.addFold(this.wholes.get(event.trial), event.trial);
        return this.finish(event.trial, event.outcome, event.at);
      case 'amended':
      case 'started':
      case 'paused':
      case 'promoted':
      case 'retried':
      case 'prepared':
      case 'stopped':
      case 'warned':
        return '';
    }
  }

  private get objective(): Objective {
    return this.definition.objective;
  }

  private consider(trial: number, value: number): void {
    const before = this.best.get(trial);
    if (before === undefined || isBetter(this.objective, value, before)) this.best.set(trial, value);
  }

  private addFold(whole: number | undefined, trial: number): void {
    const value = this.best.get(trial);
    if (whole === undefined || value === undefined) return;
    this.foldValues.set(whole, [...(this.foldValues.get(whole) ?? []), value]);
  }

  /** Of a trial in folds the mean. */
  private valueOf(trial: number): number | undefined {
    const values = this.foldValues.get(trial);
    if (values === undefined) return this.best.get(trial);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  private createStudy(name: string): string {
    const directions = [this.objective.direction === 'maximize' ? 2 : 1];
    const attributes = { metric: this.objective.metric, strategy: this.definition.search.strategy };
    return (
      line(CREATE_STUDY, { study_name: name, directions }) +
      Object.entries(attributes)
        .map(([key, value]) => line(STUDY_ATTRIBUTE, { study_id: 0, user_attr: { [key]: value } }))
        .join('')
    );
  }

  private createTrial({ trial, parameters, source, note, at }: Extract<TrialEvent, { type: 'asked' }>): string {
    this.started.set(trial, at);
    const known = Object.entries(parameters).flatMap(([name, value]) => {
      const domain = ownValue(this.definition.space, name);
      return domain === undefined ? [] : [{ name, domain, value }];
    });
    return line(CREATE_TRIAL, {
      study_id: 0,
      datetime_start: time(at),
      state: STATES.running,
      params: Object.fromEntries(known.map(({ name, domain, value }) => [name, internalValue(domain, value)])),
      distributions: Object.fromEntries(known.map(({ name, domain }) => [name, JSON.stringify(distribution(domain))])),
      user_attrs: { ...(note === undefined ? {} : { note }), ...(isOfSearch({ source }) ? {} : { source }) },
      system_attrs: {},
      intermediate_values: {},
    });
  }

  private finish(trial: number, outcome: Outcome, at: number): string {
    const value = this.valueOf(trial);
    const { state, reason } = this.stateOf(trial, outcome, value);
    const attribute = reason === undefined ? '' : line(TRIAL_ATTRIBUTE, { trial_id: trial, user_attr: { reason } });
    return (
      attribute +
      line(STATE_AND_VALUES, {
        trial_id: trial,
        state: STATES[state],
        values: state === 'failed' || value === undefined ? null : [value],
        datetime_start: time(this.started.get(trial) ?? at),
        datetime_complete: time(at),
      })
    );
  }

  /**
   * Optuna takes the best of all completed trials, so those that are none of the search's must not be completed: repeats and folds are
   * pruned, which keeps their values; a baseline, whose value says nothing of its parameters, failed.
   */
  private stateOf(trial: number, outcome: Outcome, value: number | undefined) {
    const own = outcome.status === 'failed' ? `${outcome.kind}: ${outcome.message}` : outcome.reason;
    switch (this.sources.get(trial)) {
      case 'baseline': {
        const reason = `${outcome.status}, from random weights: ${value ?? 'no value'}; not a trial of the search`;
        return { state: 'failed', reason } as const;
      }
      case 'confirmation':
        if (outcome.status !== 'completed' || value === undefined) return { state: 'failed', reason: own } as const;
        return { state: 'pruned', reason: 'completed: a repeat with another seed, not a trial of the search' } as const;
      case 'fold':
        if (outcome.status !== 'completed' || value === undefined) return { state: 'failed', reason: own } as const;
        return { state: 'pruned', reason: `completed: a fold of trial ${this.wholes.get(trial)}` } as const;
      default:
        // Optuna has no completed trial without a value.
        return {
          state: outcome.status === 'completed' && value === undefined ? 'failed' : outcome.status,
          reason: own,
        } as const;
    }
  }
}

/** The whole journal. Throws ERR_STUDY_NOT_FOUND for events that no study was created in. */
export function exportOptuna(events: readonly TrialEvent[]): string {
  const latest = events.findLast((event) => event.type === 'created' || event.type === 'amended');
  if (latest?.type !== 'created' && latest?.type !== 'amended') {
    throw new HpoError(
      'ERR_STUDY_NOT_FOUND',
      `expected a journal that begins with 'created', got ${events.length} events`,
    );
  }
  const mirror = new OptunaMirror(latest.study.definition);
  return events.map((event) => mirror.lines(event)).join('');
}

/** JSON as Python writes it: not a number is the bare word NaN. */
function line(operation: number, fields: object): string {
  const json = JSON.stringify({ op_code: operation, worker_id: 'hpo', ...fields }, (_, value: unknown) =>
    typeof value === 'number' && Number.isNaN(value) ? NAN : value,
  );
  return `${json.replaceAll(`"${NAN}"`, 'NaN')}\n`;
}

const NAN = 'hpo:not-a-number';

function time(at: number): string {
  return new Date(at).toISOString().replace('Z', '+00:00');
}

function internalValue(domain: Domain, value: Scalar): number {
  return domain.type === 'choice' ? domain.values.indexOf(value) : Number(value);
}

function distribution(domain: Domains[string]): object {
  switch (domain.type) {
    case 'float': {
      const attributes = { step: domain.step ?? null, low: domain.min, high: domain.max, log: domain.scale === 'log' };
      return { name: 'FloatDistribution', attributes };
    }
    case 'int': {
      const attributes = { log: domain.scale === 'log', step: domain.step ?? 1, low: domain.min, high: domain.max };
      return { name: 'IntDistribution', attributes };
    }
    case 'choice':
      return { name: 'CategoricalDistribution', attributes: { choices: domain.values } };
  }
}
