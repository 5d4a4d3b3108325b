// Trains trials in this thread: for tests, for tiny trainers, and where threads are not wanted.
import type { Train } from '../study/train.js';
import type { TrialRun, TrialRunner, Verdict } from '../study/trial-runner.js';
import type { Outcome, Report } from '../study/trial.js';
import { lineOf, warningOf } from './protocol/said.js';
import { driveTrials } from './thread/drive-trials.js';

export interface InProcessOptions {
  readonly train: Train;
  readonly slots?: number;
  readonly onLog?: (slot: number, line: string) => void;
  readonly onWarning?: (message: string) => void;
}

/**
 * A trainer that blocks blocks everything, one that takes all memory takes the study with it, and an aborted one runs on until it
 * looks at its signal or yields.
 */
export class InProcessRunner implements TrialRunner {
  readonly slots: number;
  readonly batches = true;

  constructor(private readonly options: InProcessOptions) {
    this.slots = options.slots ?? 1;
  }

  async run(trials: readonly TrialRun[], slot: number, signal: AbortSignal): Promise<void> {
    const open = new Map(trials.map((run) => [run.assignment.trial, run]));
    const ended = (trial: number, outcome: Outcome | undefined): void => {
      const run = open.get(trial);
      open.delete(trial);
      run?.onEnd(outcome);
    };
    const report = async (trial: number, told: Report): Promise<Verdict> =>
      (await open.get(trial)?.onReport(told)) ?? 'stop';
    const abort = new AbortController();
    const sources = [signal, ...trials.map((trial) => trial.signal)];
    const notice = (): void => {
      if (signal.aborted || trials.every((trial) => trial.signal.aborted)) abort.abort();
    };
    for (const source of sources) source.addEventListener('abort', notice);
    notice();
    const context = {
      signal: abort.signal,
      slot,
      log: (said: unknown): void => this.options.onLog?.(slot, lineOf(said)),
      warn: (said: unknown): void => this.options.onWarning?.(warningOf(said)),
      progress: (): void => {},
      share: (): number => 1,
    };
    const assignments = trials.map(({ assignment }) => assignment);
    try {
      await unlessAborted(signal, () => driveTrials(this.options.train, assignments, context, { report, ended }));
    } finally {
      for (const source of sources) source.removeEventListener('abort', notice);
    }
    for (const trial of [...open.keys()]) ended(trial, undefined);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Resolves when `act` does, or the signal is aborted. */
async function unlessAborted(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
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
