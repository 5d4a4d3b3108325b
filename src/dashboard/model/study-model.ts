// Everything the views read, kept up to date event by event: a frame then costs the same at ten trials and at ten thousand.
import { must } from '../../system/must.js';
import type { StudyRecord, TrialEvent } from '../../study/events.js';
import { type History, HistoryLedger } from '../../study/history.js';
import { NO_SUM, type WorkSum, addWork } from '../../study/reuse.js';
import { type Trial, isOfSearch } from '../../study/trial.js';
import { isAhead } from '../../study/folds.js';
import { type Contender, winnerOf } from '../../controller/confirmation.js';
import { type ExpectedValue, expectedValueOf } from '../../controller/expected-value.js';
import { type Column, columnsOf, orderBy } from './columns.js';
import { Forecast } from './forecast.js';
import { DecisionLog, describeEvent } from './decisions.js';
import { SortedTrials } from './sorted-trials.js';
import { NO_FACTS, type StudyFacts, studyFacts } from './study-facts.js';
import { Tally, allOf, endedOf, openOf } from './tally.js';
import type { TimeLeft } from './time-left.js';
import { ValueBuckets } from './value-buckets.js';

export interface Sorting {
  readonly column: string;
  readonly reversed: boolean;
}

export class StudyModel {
  facts: StudyFacts = NO_FACTS;
  columns: readonly Column[] = columnsOf(this.facts);
  readonly decisions = new DecisionLog();
  private forecast!: Forecast;
  /** Numbers of the trials that are running, or were when the study was last cut off. */
  readonly running = new Set<number>();
  /** Every trial by value, whatever the table is sorted by. */
  ranking!: SortedTrials;
  table!: SortedTrials;
  values!: ValueBuckets;
  tally!: Tally;
  /** The configuration to go with. */
  winner: Contender | undefined;
  /** That configuration from random weights, or the latest one that was trained so. */
  baseline: Trial | undefined;
  /** What all reports say of frozen features. */
  work: WorkSum = NO_SUM;
  /** When the winner was told, in milliseconds since 1970. */
  bestSince: number | undefined;
  /** The largest slot that any trial was in. */
  highestSlot = -1;
  firstEventAt: number | undefined;
  lastEventAt: number | undefined;
  private events = 0;
  private latestTimeLeft: { readonly key: string; readonly time: TimeLeft | undefined } | undefined;
  private latestExpected: { readonly events: number; readonly value: ExpectedValue | undefined } | undefined;
  private record: StudyRecord | undefined;
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
    const number = 'trial' in event ? event.trial : undefined;
    const earlier = number === undefined ? undefined : this.ledger.trials[number];
    const before = this.winner?.trial;
    this.ledger.apply(event);
    this.events++;
    if (event.type === 'prepared') this.work = addWork(this.work, event);
    this.firstEventAt ??= event.at;
    this.lastEventAt = event.at;
    const trial = number === undefined ? undefined : this.ledger.trials[number];
    if (trial !== undefined && event.type !== 'warned') this.follow(event, earlier, trial);
    // The end of a fold changes its trial.
    const whole = event.type === 'told' && trial?.fold !== undefined ? this.ledger.trials[trial.fold.of] : undefined;
    if (whole !== undefined) this.place(whole);
    const after = this.winner?.trial;
    if (after !== before) this.bestSince = event.at;
    const decision = describeEvent(event, { objective: this.facts.objective, trial, before, after });
    if (decision !== undefined) this.decisions.add(decision);
  }

  /**
   * The trial that others are compared with, the best so far: the winner, or a trial that is not over and has a better value already.
   * Once configurations are repeated it is the winner alone.
   */
  get reference(): Trial | undefined {
    const winner = this.winner?.trial;
    const first = this.ranking.at(0);
    if (first?.best === undefined || (this.winner?.values.length ?? 0) > 1) return winner;
    const isOpen = first.outcome === undefined;
    return isOpen && isAhead(this.facts.objective, first, this.winner?.choice?.instead ?? winner) ? first : winner;
  }

  /** Trials of the search, all that there will be; at least those that there are. */
  get total(): number {
    return Math.max(this.ledger.stopped === undefined ? (this.facts.total ?? 0) : 0, allOf(this.tally.search));
  }

  /** Repeats that there will be, as far as can be told. */
  get plannedRepeats(): number {
    const { top, repeats } = this.facts.confirm ?? { top: 0, repeats: 0 };
    const { completed, pruned } = this.tally.search;
    return Math.max(Math.min(top, completed + pruned) * repeats, allOf(this.tally.repeats));
  }

  get plannedBaselines(): number {
    return Math.max(Number(this.facts.hasBaseline && this.winner !== undefined), allOf(this.tally.baselines));
  }

  /** Trials of every kind that are neither running nor over. */
  get toCome(): number {
    const { search, repeats, baselines } = this.tally;
    const planned = this.total + this.plannedRepeats + this.plannedBaselines;
    const begun = [search, repeats, baselines].map((counts) => endedOf(counts) + counts.running);
    return planned - begun.reduce((sum, count) => sum + count, 0);
  }

  get isOver(): boolean {
    const { search, repeats, baselines, folds } = this.tally;
    const isOpen = [search, repeats, baselines, folds].some((counts) => openOf(counts) > 0);
    return this.facts.total !== undefined && !isOpen && this.toCome === 0;
  }

  /**
   * How much longer the study will take; undefined where that cannot be told yet.
   * @param unstarted trials that will come into a slot, `toCome` unless the study is being brought to its end.
   * @param now milliseconds since 1970.
   */
  timeLeft(slots: number, now: number, unstarted = this.toCome): TimeLeft | undefined {
    // Simulated anew once a second, and whenever something happens.
    const key = [this.events, slots, unstarted, Math.floor(now / 1000)].join();
    if (this.latestTimeLeft?.key !== key) {
      const running = [...this.running].flatMap((number) => this.ledger.trials[number] ?? []);
      const { paused } = this.tally.search;
      const time = this.forecast.timeLeft({
        running,
        unstarted: unstarted + this.foldsToCome(unstarted),
        paused,
        slots,
        now,
      });
      this.latestTimeLeft = { key, time };
    }
    return this.latestTimeLeft.time;
  }

  /** What an epoch was expected to take when the study began, the least and the most of all configurations; undefined where that is not known. */
  get epochSeconds(): readonly [low: number, high: number] | undefined {
    const seconds = this.record?.seconds?.epochs.map((one) => one.seconds) ?? [];
    return seconds.length === 0 ? undefined : [Math.min(...seconds), Math.max(...seconds)];
  }

  /** What the winner is worth on other images, once the study is over; computed once. */
  get expected(): ExpectedValue | undefined {
    if (!this.isOver || this.record === undefined) return undefined;
    if (this.latestExpected?.events !== this.events) {
      const value = expectedValueOf(this.ledger, this.record);
      this.latestExpected = { events: this.events, value: typeof value === 'object' ? value : undefined };
    }
    return this.latestExpected.value;
  }

  /** Folds beyond the first of trials that are to come, if these get as many as those that have ended. */
  private foldsToCome(unstarted: number): number {
    const { folds, search } = this.tally;
    const ended = endedOf(search);
    if (this.ledger.folds === 1 || unstarted <= 0) return 0;
    return Math.round(unstarted * (ended === 0 ? (this.ledger.folds - 1) / 2 : allOf(folds) / ended));
  }

  /** Running trials in the trial's slot, itself among them. */
  sharersOf({ slot }: Trial): number {
    let count = 0;
    for (const number of this.running) if (this.ledger.trials[number]?.slot === slot) count++;
    return Math.max(1, count);
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
    this.tally = new Tally();
    this.forecast = new Forecast(() => this.facts);
  }

  private define(event: Extract<TrialEvent, { type: 'created' | 'amended' }>): void {
    this.record = event.study;
    this.facts = studyFacts(event.study);
    this.columns = columnsOf(this.facts);
    if (event.type === 'created') this.begin();
  }

  private follow(event: TrialEvent, earlier: Trial | undefined, trial: Trial): void {
    this.tally.move(earlier, trial);
    this.place(trial);
    if (trial.source === 'baseline') this.baseline = trial;
    if (trial.state === 'running') this.running.add(trial.number);
    else this.running.delete(trial.number);
    if (event.type === 'started') this.highestSlot = Math.max(this.highestSlot, event.slot);
    if (event.type === 'reported') {
      this.work = addWork(this.work, event.report);
    }
    this.forecast.apply(event, earlier, trial, this.sharersOf(trial));
    if (event.type === 'told') this.end(trial);
  }

  private place(trial: Trial): void {
    this.ranking.place(trial);
    this.table.place(trial);
  }

  private end(trial: Trial): void {
    if (trial.best !== undefined && trial.state !== 'failed' && isOfSearch(trial)) {
      this.values.add(trial.number, trial.best.value);
    }
    const isChosen = (this.record?.definition.search.choose ?? 'best') !== 'best';
    const isRepeated = allOf(this.tally.repeats) > 0;
    this.winner = isChosen || isRepeated ? winnerOf(this.ledger) : contenderOf(this.ledger.best);
  }

  private column(id: string): Column {
    return this.columns.find((column) => column.id === id) ?? must(this.columns[0], 'a column');
  }
}

/** Before anything is repeated the winner is the best trial, which need not be looked for among all. */
function contenderOf(trial: Trial | undefined): Contender | undefined {
  const value = trial?.best?.value;
  return trial === undefined || value === undefined ? undefined : { trial, values: [value], mean: value };
}
