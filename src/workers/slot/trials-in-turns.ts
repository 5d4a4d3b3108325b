// Trials of a batch that broke: trained in turns, an epoch each, so that the one to blame shows and their reports keep their order.
import type { TrialRun, Verdict } from '../../study/trial-runner.js';
import type { Outcome, Report } from '../../study/trial.js';

/** A trial that can be trained for one epoch at a time. */
export class TrialInTurns {
  /** For a runner that trains the trial to its end. */
  readonly run: TrialRun;
  /** Epochs that are known: of earlier processes, or reported since. */
  private known: number;
  private over = false;
  /** Whether the trial was paused for the next one to have its turn. */
  private isPaused = false;

  constructor(private readonly trial: TrialRun) {
    this.known = trial.assignment.reported;
    this.run = { ...trial, onReport: (report) => this.report(report), onEnd: (outcome) => this.end(outcome) };
  }

  get isOver(): boolean {
    return this.over;
  }

  /** The epoch that it trains, or would train if it were not at its end. */
  get nextEpoch(): number {
    return this.known + 1;
  }

  /** Trains the trial up to its next report, or to its end. */
  async takeTurn(attempt: (run: TrialRun) => Promise<unknown>): Promise<void> {
    this.isPaused = false;
    const { nextEpoch, trial } = this;
    await attempt({
      ...this.run,
      assignment: { ...trial.assignment, reported: this.known },
      onReport: async (report) => {
        const verdict = await this.report(report);
        if (verdict !== 'continue' || report.epoch < nextEpoch) return verdict;
        this.isPaused = true;
        return 'pause';
      },
    });
  }

  private async report(report: Report): Promise<Verdict> {
    const verdict = await this.trial.onReport(report);
    this.known = Math.max(this.known, report.epoch);
    return verdict;
  }

  private end(outcome: Outcome | undefined): void {
    if (this.isPaused && outcome === undefined) return;
    this.over = true;
    this.trial.onEnd(outcome);
  }
}

/**
 * Trains trials in the order in which a batch would have reported: those with the fewest epochs first, of those in the order given. So
 * whoever decides on their reports decides the same as if the batch had not broken.
 */
export async function takeTurns(
  trials: readonly TrialInTurns[],
  attempt: (run: TrialRun) => Promise<unknown>,
): Promise<void> {
  for (let open = trials; open.length > 0; open = open.filter(({ isOver }) => !isOver)) {
    const earliest = Math.min(...open.map(({ nextEpoch }) => nextEpoch));
    for (const trial of open) if (trial.nextEpoch === earliest) await trial.takeTurn(attempt);
  }
}
