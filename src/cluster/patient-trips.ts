// Questions of a worker whose controller may be busy, away for a while, or gone: how long an answer is waited for, and what follows when none comes.
import type { QueueLink } from './link.js';
import type { Answer, WrittenMessage } from './messages.js';
import { marksOf } from './queue-names.js';
import type { RoundTrips } from './round-trips.js';
import { StudyMark } from './study-mark.js';

/** What has become of a study whose controller does not answer. */
export type Gone =
  /** The study has ended meanwhile. */
  | { readonly type: 'over' }
  /** The controller died, or is out of reach. */
  | { readonly type: 'lost' };

export interface PatientTripsOptions {
  readonly link: QueueLink;
  /** The study's id. */
  readonly study: string;
  readonly trips: RoundTrips;
  /** Jobs with trials that are trained here. */
  readonly held: () => readonly string[];
  /** Whether the server still has a job. */
  readonly isOffered: (job: string) => Promise<boolean>;
  /** Whether nothing depends on answers any more. */
  readonly isIndifferent: () => boolean;
  /** Told at most once. */
  readonly onGone: (gone: Gone) => void;
}

export class PatientTrips {
  private isGone = false;

  constructor(private readonly options: PatientTripsOptions) {}

  async ask(message: WrittenMessage): Promise<Answer> {
    const answered = new AbortController();
    const late = setTimeout(() => void this.lose(answered.signal), this.soon);
    return this.options.trips.ask(message).finally(() => {
      clearTimeout(late);
      answered.abort();
    });
  }

  /** Milliseconds in which a controller that is there, and is not busy, answers. */
  private get soon(): number {
    const { silence, hold } = this.options.link.pace;
    return 2 * silence + hold;
  }

  /**
   * A question was not answered. A controller that answers others is only slow. One that the server knows may be busy, and one that is gone
   * may come again where the server still has what is trained here: both are waited for, though not for ever. Otherwise nothing is lost by
   * looking for a study anew. The time in which the server is away does not count. Once it is there again, worker and controller need a
   * while to find each other.
   */
  private async lose(answered: AbortSignal): Promise<void> {
    const { look, patience, adopt } = this.options.link.pace;
    const isSettled = (): boolean => answered.aborted || this.isGone || this.options.isIndifferent();
    let [waited, least] = [0, 0];
    for (;;) {
      const state = await this.look();
      if (isSettled()) return;
      if (state === 'away') [waited, least] = [0, adopt];
      else if (state === 'answered') waited = 0;
      else if (waited >= Math.max(least, state === 'wanted' ? patience : 0)) break;
      await pause(look);
      waited += look;
    }
    // A server that has forgotten everything is asked again after `look`, and the controller may be there.
    if (this.options.held().length > 0) await pause(2 * look);
    if (isSettled()) return;
    const isOver = await this.isOver();
    if (isSettled()) return;
    this.isGone = true;
    this.options.onGone({ type: isOver ? 'over' : 'lost' });
  }

  /** Whether anybody wants what this worker does. */
  private async look(): Promise<'answered' | 'wanted' | 'unwanted' | 'away'> {
    if (this.options.trips.silence < this.soon) return 'answered';
    return this.unlessAway(
      this.isWanted().then((isWanted) => (isWanted ? 'wanted' : 'unwanted')),
      'away',
    );
  }

  private async isOver(): Promise<boolean> {
    const { link, study } = this.options;
    const queue = link.queue(marksOf(study));
    const isSet = await this.unlessAway(new StudyMark(queue).isSet(), true);
    void queue.close().catch(() => {}); // the link closes it otherwise
    return !isSet;
  }

  /** A client may wait for its server instead of saying that it is away. */
  private async unlessAway<T, Away>(looking: Promise<T>, away: Away): Promise<T | Away> {
    return Promise.race([looking.catch(() => away), pause(this.options.link.pace.look).then(() => away)]);
  }

  private async isWanted(): Promise<boolean> {
    // A job may be gone, and its trials still wanted: another worker had taken it, and the controller left the trials here.
    if (await this.options.trips.isRead()) return true;
    for (const job of this.options.held()) if (await this.options.isOffered(job)) return true;
    return false;
  }
}

/** The process may end meanwhile. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
