// What a person can do to a running study: wind it down in three degrees, hold it, end a trial by hand.

/**
 * finishing: nothing new starts, running trials come to their end. stopping: running trials are paused at their next
 * report, with everything kept. aborting: they end at once and go on from their last checkpoint next time.
 */
export type StudyPhase = 'running' | 'finishing' | 'stopping' | 'aborting';

const DEGREES: readonly StudyPhase[] = ['running', 'finishing', 'stopping', 'aborting'];

export class StudyControl {
  private current: StudyPhase = 'running';
  private onHold = false;
  private isOutOfTime = false;
  private readonly stopping = new AbortController();
  private readonly aborting = new AbortController();
  private readonly watchers = new Set<() => void>();
  private readonly ended = new Set<number>();

  get phase(): StudyPhase {
    return this.current;
  }

  /** Whether the study is held: nothing starts, and trials wait where they reported. */
  get paused(): boolean {
    return this.onHold;
  }

  /** Whether it was the time limit that stopped the study, and no person. */
  get outOfTime(): boolean {
    return this.isOutOfTime;
  }

  /** Trials that end as pruned: when their trainer's signal ends them, else at their next report. */
  get prunedByHand(): ReadonlySet<number> {
    return this.ended;
  }

  /** Aborted once the study is to stop, by a person or by its time limit. */
  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  /** Aborted once what runs is to end at once. */
  get aborted(): AbortSignal {
    return this.aborting.signal;
  }

  finish(): void {
    this.windDown('finishing');
  }

  stop(): void {
    this.windDown('stopping');
  }

  /** The time that the study may take is over: it stops, unless a person stopped it before. */
  endTime(): void {
    if (this.current === 'running' || this.current === 'finishing') this.isOutOfTime = true;
    this.stop();
  }

  abort(): void {
    this.windDown('aborting');
  }

  /** What a first and a second Ctrl-C mean. */
  interrupt(): void {
    if (this.current === 'running' || this.current === 'finishing') this.stop();
    else this.abort();
  }

  pause(): void {
    if (this.current !== 'running') return;
    this.onHold = true;
    this.tell();
  }

  resume(): void {
    this.onHold = false;
    this.tell();
  }

  prune(trial: number): void {
    this.ended.add(trial);
    this.tell();
  }

  /** Calls `watcher` after every change. Returns the way to stop it. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** Goes on from a lower degree to a higher one, never back; a held study is let go. */
  private windDown(to: StudyPhase): void {
    if (DEGREES.indexOf(to) <= DEGREES.indexOf(this.current)) return;
    this.current = to;
    this.onHold = false;
    if (to !== 'finishing') this.stopping.abort();
    if (to === 'aborting') this.aborting.abort();
    this.tell();
  }

  private tell(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}
