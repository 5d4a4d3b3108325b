// Trains trials in this thread: for tests, for tiny trainers, and where threads are not wanted.
import type { Train } from '../study/train.js';
import type { Assignment, Decision, RunOutcome, TrialRunner } from '../study/trial-runner.js';
import type { Report } from '../study/trial.js';
import { driveTrial } from './drive-trial.js';

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
    if (signal.aborted) return { status: 'aborted' };
    let stop = (): void => {};
    const aborted = new Promise<RunOutcome>((resolve) => {
      stop = () => resolve({ status: 'aborted' });
    });
    signal.addEventListener('abort', stop, { once: true });
    const log = (line: string): void => this.options.onLog?.(slot, line);
    const context = { signal, slot, log, progress: (): void => {} };
    const exchange = async (report: Report): Promise<Decision> =>
      signal.aborted ? { action: 'stop' } : onReport(report);
    try {
      return await Promise.race([driveTrial(this.options.train, assignment, context, exchange), aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
