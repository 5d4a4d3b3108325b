// Trains trials in this thread: for tests, for tiny trainers, and where threads are not wanted.
import type { Train, TrainContext } from '../study/train.js';
import type { Assignment, Decision, Lane, RunOutcome, TrialRunner } from '../study/trial-runner.js';
import type { Report } from '../study/trial.js';
import { driveTogether } from './thread/drive-together.js';
import { driveTrial } from './thread/drive-trial.js';

export interface InProcessOptions {
  readonly train: Train;
  readonly slots?: number;
  readonly onLog?: (slot: number, line: string) => void;
}

/**
 * A trainer that blocks blocks everything, one that takes all memory takes the study with it, and an aborted one runs on until it
 * looks at its signal or yields.
 */
export class InProcessRunner implements TrialRunner {
  readonly slots: number;

  constructor(private readonly options: InProcessOptions) {
    this.slots = options.slots ?? 1;
  }

  async run(
    assignment: Assignment,
    slot: number,
    onReport: (report: Report) => Decision | Promise<Decision>,
    signal: AbortSignal,
  ): Promise<RunOutcome> {
    let outcome: RunOutcome = { status: 'aborted' };
    await this.unlessAborted(signal, async () => {
      const exchange = async (report: Report): Promise<Decision> =>
        signal.aborted ? { action: 'stop' } : onReport(report);
      const ended = await driveTrial(this.options.train, assignment, this.context(slot, signal), exchange);
      if (!signal.aborted) outcome = ended;
    });
    return outcome;
  }

  async runTogether(lanes: readonly Lane[], slot: number, signal: AbortSignal): Promise<void> {
    const open = new Map(lanes.map((lane) => [lane.assignment.trial, lane]));
    const ended = (trial: number, outcome: RunOutcome): void => {
      open.get(trial)?.onEnd(outcome);
      open.delete(trial);
    };
    await this.unlessAborted(signal, async () => {
      const exchange = async (trial: number, report: Report): Promise<Decision> =>
        (await open.get(trial)?.onReport(report)) ?? { action: 'stop' };
      const assignments = lanes.map(({ assignment }) => assignment);
      await driveTogether(this.options.train, assignments, this.context(slot, signal), { exchange, ended });
    });
    for (const trial of [...open.keys()]) ended(trial, { status: 'aborted' });
  }

  /** Resolves when `act` does, or the signal is aborted. */
  private async unlessAborted(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    if (signal.aborted) return;
    let stop = (): void => {};
    const aborted = new Promise<void>((resolve) => (stop = resolve));
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.race([act(), aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  private context(slot: number, signal: AbortSignal): TrainContext {
    return { signal, slot, log: (line) => this.options.onLog?.(slot, line), progress: () => {}, share: () => 1 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
