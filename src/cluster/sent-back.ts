// Trials that workers have kept while the controller was gone: they wait here until the controller that came after gives them out.
import type { Attempt, HeldTrial } from './messages.js';
import type { Offer } from './offer.js';

interface Kept {
  readonly worker: string;
  readonly attempt: Attempt;
  readonly trials: readonly HeldTrial[];
  readonly resolve: (offer: Offer | undefined) => void;
}

export class SentBack {
  private kept: Kept[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();

  /** @param patience milliseconds after which nobody asks for the trials any more. */
  constructor(private readonly patience: number) {}

  /** Resolves with the offer of these trials, or undefined where none comes. */
  wait(worker: string, attempt: Attempt, trials: readonly HeldTrial[]): Promise<Offer | undefined> {
    return new Promise((resolve) => {
      const kept = { worker, attempt, trials, resolve };
      this.kept.push(kept);
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        this.kept = this.kept.filter((one) => one !== kept);
        resolve(undefined);
      }, this.patience);
      timer.unref();
      this.timers.add(timer);
    });
  }

  /**
   * Whoever has the trials of this offer already; its messages go on once the caller has handed the offer over. Undefined where nobody has,
   * or what is trained there is of no use to the study any more.
   */
  claim(offer: Offer): Pick<Kept, 'worker' | 'attempt'> | undefined {
    const found = this.kept.find(({ trials }) => offer.isOf(trials));
    if (found === undefined) return undefined;
    const { worker, attempt } = found;
    const isSame = (one: Kept): boolean => one.worker === worker && one.attempt.offer === attempt.offer;
    const own = this.kept.filter(isSame);
    const isContinued = own.every(({ trials }) => offer.isContinuedBy(trials));
    for (const { resolve } of own) resolve(isContinued ? offer : undefined);
    this.kept = this.kept.filter((one) => !isSame(one));
    return isContinued ? { worker, attempt } : undefined;
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    for (const { resolve } of this.kept.splice(0)) resolve(undefined);
  }
}
