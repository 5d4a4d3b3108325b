// Everything the views read, kept up to date event by event: a frame then costs the same at ten trials and at ten thousand.
import type { TrialEvent } from '../../study/events.js';
import { type History, HistoryLedger } from '../../study/history.js';
import type { Trial } from '../../study/trial.js';
import { type Column, columnsOf, orderBy } from './columns.js';
import { DecisionLog, describeEvent } from './decisions.js';
import { SortedTrials } from './sorted-trials.js';
import { type StudyFacts, studyFacts } from './study-facts.js';
import { DurationWindow } from './time-left.js';
import { ValueBuckets } from './value-buckets.js';

export interface Sorting {
  readonly column: string;
  readonly reversed: boolean;
}

export class StudyModel {
  facts: StudyFacts = studyFacts('study', undefined);
  columns: readonly Column[] = columnsOf(this.facts);
  readonly decisions = new DecisionLog();
  readonly durations = new DurationWindow();
  /** Numbers of the trials that are running, or were when the study was last cut off. */
  readonly running = new Set<number>();
  /** Every trial by value, whatever the table is sorted by. */
  ranking!: SortedTrials;
  table!: SortedTrials;
  values!: ValueBuckets;
  /** When the best was told, in milliseconds since 1970. */
  bestSince: number | undefined;
  /** The largest slot that any trial was in. */
  highestSlot = -1;
  firstEventAt: number | undefined;
  lastEventAt: number | undefined;
  private ledger!: HistoryLedger;
  private sorting: Sorting = { column: 'value', reversed: false };

  constructor(past: Iterable<TrialEvent> = []) {
    this.begin();
    for (const event of past) this.apply(event);
  }

  get history(): History {
    return this.ledger;
  }

  apply(event: TrialEvent): void {
    if (event.type === 'created' || event.type === 'amended') this.define(event);
    const before = this.ledger.best;
    this.ledger.apply(event);
    const after = this.ledger.best;
    this.firstEventAt ??= event.at;
    this.lastEventAt = event.at;
    const trial = 'trial' in event && event.trial !== undefined ? this.ledger.trials[event.trial] : undefined;
    if (trial !== undefined && event.type !== 'warned') this.follow(event, trial);
    if (after !== before) this.bestSince = event.at;
    const decision = describeEvent(event, { objective: this.facts.objective, trial, before, after });
    if (decision !== undefined) this.decisions.add(decision);
  }

  /** The trial that others are compared with: the best finished one, or the best so far while none is finished. */
  get reference(): Trial | undefined {
    const leader = this.ledger.best ?? this.ranking.at(0);
    return leader?.best === undefined ? undefined : leader;
  }

  /** Orders the table. Costs a sort of all trials, so it is for a key press, not for a frame. */
  sort(sorting: Sorting): void {
    if (sorting.column === this.sorting.column && sorting.reversed === this.sorting.reversed) return;
    this.sorting = sorting;
    this.table.sort(orderBy(this.column(sorting.column), sorting.reversed));
  }

  private begin(): void {
    this.ledger = new HistoryLedger(this.facts.objective);
    this.ranking = new SortedTrials(orderBy(this.column('value'), false));
    this.table = new SortedTrials(orderBy(this.column(this.sorting.column), this.sorting.reversed));
    this.values = new ValueBuckets(this.facts.objective);
  }

  private define(event: Extract<TrialEvent, { type: 'created' | 'amended' }>): void {
    this.facts = studyFacts(event.study.name, event.study.definition);
    this.columns = columnsOf(this.facts);
    if (event.type === 'created') this.begin();
  }

  private follow(event: TrialEvent, trial: Trial): void {
    this.ranking.place(trial);
    this.table.place(trial);
    if (trial.state === 'running') this.running.add(trial.number);
    else this.running.delete(trial.number);
    if (event.type === 'started') this.highestSlot = Math.max(this.highestSlot, event.slot);
    if (event.type !== 'told') return;
    const seconds = trainingSeconds(trial);
    if (seconds !== undefined) this.durations.add(seconds);
    if (trial.best !== undefined && trial.state !== 'failed') this.values.add(trial.number, trial.best.value);
  }

  private column(id: string): Column {
    return this.columns.find((column) => column.id === id) ?? (this.columns[0] as Column);
  }
}

/** What the trial's epochs took; the wall clock where the trainer does not say, which counts pauses too. */
export function trainingSeconds(trial: Trial): number | undefined {
  if (trial.reports.length > 0 && trial.reports.every(({ seconds }) => seconds !== undefined)) {
    return trial.reports.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  }
  if (trial.startedAt === undefined || trial.endedAt === undefined) return undefined;
  return (trial.endedAt - trial.startedAt) / 1000;
}
