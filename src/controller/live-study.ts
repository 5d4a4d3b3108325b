// A study that is under way: its history, and the one way to add to it. Store, history and listeners see the same events.
import { HpoError, messageOf } from '../study/errors.js';
import type { StudyRecord, TrialEvent } from '../study/events.js';
import { type History, HistoryLedger, HistoryView } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import { changesSearch } from '../study/search-changes.js';
import { type Trial, isOfSearch } from '../study/trial.js';
import { replay } from '../store/replay.js';
import type { StudyStore } from '../store/study-store.js';
import { safeListener } from './safe-listener.js';
import { frozenCopy } from '../system/frozen.js';
import { must } from '../system/must.js';
import { debugOf } from '../system/debug.js';

const debug = debugOf('loop');

type WithoutTime<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

/** An event before it is stamped with the time. */
export type NewEvent = WithoutTime<TrialEvent>;

export type StudyListener = (event: TrialEvent, history: History) => void;

export interface LiveStudyOptions {
  readonly objective: Objective;
  readonly store: StudyStore;
  /** What the store held when it was loaded. */
  readonly events: readonly TrialEvent[];
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Names the journal in messages. */
  readonly place?: string;
  /** Told of every event, also of those that are recorded before anybody can subscribe. */
  readonly listener?: StudyListener;
}

/** What happens while trials are asked, before any of them is trained. */
const ASKING: ReadonlySet<TrialEvent['type']> = new Set(['asked', 'started', 'warned', 'prepared']);

export class LiveStudy {
  /** The history for code of users: they cannot change it. */
  readonly view: History;
  private readonly ledger: HistoryLedger;
  private readonly listeners = new Set<StudyListener>();
  /** What was loaded, as long as reports in it are still to be decided on. */
  private loaded: readonly TrialEvent[];
  private readonly warned = new Set<string>();
  /** Trials of the search so far. */
  private searchedCount = 0;
  /** Whether the latest trial, folds aside, is a repeat or a baseline. */
  private repeating = false;
  /** The study as the latest noted event has it. */
  private noted: StudyRecord | undefined;
  private asked = 0;
  /** How many trials had been asked when something else than asking and starting happened last. */
  private askedBefore = 0;
  /** What the journal held last when it was loaded, warnings and extensions aside. */
  readonly lastLoaded: TrialEvent | undefined;
  private readonly store: StudyStore;
  private readonly clock: () => number;

  /** Throws ERR_JOURNAL_DAMAGED where the events do not add up. */
  constructor(options: LiveStudyOptions) {
    this.store = options.store;
    this.clock = options.clock ?? Date.now;
    this.ledger = replay(options.events, options.objective, options.place);
    this.view = new HistoryView(this.ledger);
    for (const event of options.events) this.note(event);
    this.lastLoaded = options.events.findLast(({ type }) => type !== 'warned' && type !== 'amended');
    this.loaded = reportsAtTheEnd(options.events).size > 0 ? options.events : [];
    if (options.listener !== undefined) this.subscribe(options.listener);
  }

  get history(): History {
    return this.ledger;
  }

  /** Trials that count toward the study's total. */
  get searched(): number {
    return this.searchedCount;
  }

  /** Whether repeats or the baseline have begun since its search was last changed: it was over then. */
  get isRepeating(): boolean {
    return this.repeating;
  }

  /** Whether nothing but asking and starting has happened since the trial was asked. */
  isNewest(trial: number): boolean {
    return trial >= this.askedBefore;
  }

  /**
   * Decides on the latest reports of trials that were cut off after them. Each decision is asked for with the history as it was when the
   * report came: a trial of the same batch may have ended since, and the study that is not cut off decides before that.
   * Call it once, before anything is trained.
   */
  decideOnCutOff<Decision>(decide: (trial: Trial, history: History) => Decision): Map<number, Decision> {
    const reports = reportsAtTheEnd(this.loaded);
    const decisions = new Map<number, Decision>();
    const ledger = new HistoryLedger(this.ledger.objective);
    const view = new HistoryView(ledger);
    for (const [i, event] of this.loaded.entries()) {
      if (decisions.size === reports.size) break;
      ledger.apply(event);
      if (event.type !== 'reported' || reports.get(event.trial) !== i) continue;
      decisions.set(event.trial, decide(must(ledger.trials[event.trial], 'a trial'), view));
    }
    this.loaded = [];
    return decisions;
  }

  /**
   * Adds an event. Throws ERR_STORE where it cannot be stored: the history does not have it either, and nothing can be added after that.
   */
  record(data: NewEvent): void {
    const event = frozenCopy<TrialEvent>({ ...data, at: this.clock() });
    this.ledger.check(event);
    this.store.append(event);
    this.ledger.apply(event);
    this.note(event);
    debug(() => describe(event));
    for (const listener of this.listeners) listener(event, this.view);
  }

  /** Adds a warning, unless the study has it already: a study that is continued repeats what it did last. */
  warn(message: string, trial?: number): void {
    if (this.warned.has(warningKey(message, trial))) return;
    this.record({ type: 'warned', message, ...(trial === undefined ? {} : { trial }) });
  }

  /** Warnings that the study has. */
  get warningCount(): number {
    return this.warned.size;
  }

  /** Resolves when everything recorded so far is on disk. */
  flush(): Promise<void> {
    return this.store.flush();
  }

  /** Calls `listener` after every event from now on. Returns the way to stop it. */
  subscribe(listener: StudyListener): () => void {
    const safe = safeListener(listener);
    this.listeners.add(safe);
    return () => void this.listeners.delete(safe);
  }

  private note(event: TrialEvent): void {
    if (!ASKING.has(event.type)) this.askedBefore = this.asked;
    switch (event.type) {
      case 'asked':
        this.asked = event.trial + 1;
        if (isOfSearch(event)) this.searchedCount++;
        // A fold may be one of a trial of the search or of a baseline.
        if (event.source !== 'fold') this.repeating = !isOfSearch(event);
        return;
      case 'created':
      case 'amended':
        if (changesSearch(this.noted, event.study)) this.repeating = false;
        this.noted = event.study;
        return;
      case 'warned':
        this.warned.add(warningKey(event.message, event.trial));
        return;
      default:
        return;
    }
  }
}

/** Of each trial of which a report is the last thing known: where that report stands. */
function reportsAtTheEnd(events: readonly TrialEvent[]): Map<number, number> {
  const reports = new Map<number, number>();
  for (const [i, event] of events.entries()) {
    if (event.type === 'reported') reports.set(event.trial, i);
    else if (event.type !== 'warned' && 'trial' in event) reports.delete(event.trial);
  }
  return reports;
}

/** Without what may be long: predictions and parameters are in the journal. */
function describe(event: TrialEvent): string {
  const what = 'trial' in event ? `trial ${event.trial} ${event.type}` : event.type;
  if (event.type === 'reported') return `${what} epoch ${event.report.epoch} ${JSON.stringify(event.report.metrics)}`;
  if (event.type === 'told') return `${what} ${JSON.stringify(event.outcome)}`;
  if (event.type === 'warned') return `${what} ${event.message}`;
  return what;
}

function warningKey(message: string, trial: number | undefined): string {
  return `${trial ?? ''} ${message}`;
}

/** What went wrong while the search was deciding, with what it was doing. Errors that say so already are passed on. */
export function searchError(doing: string, cause: unknown): HpoError {
  if (cause instanceof HpoError) return cause;
  return new HpoError('ERR_SEARCH', `${doing}: ${messageOf(cause)}`, { cause });
}
