// Why a study's run is over, in a word for programs and a sentence for people.
import type { History } from '../study/history.js';
import type { Trial } from '../study/trial.js';

export interface StudyEnd {
  readonly reason:
    /** All its trials are done. */
    | 'finished'
    /** The sampler had nothing left to propose before the total was reached. */
    | 'exhausted'
    /** A person stopped it; running it again continues. */
    | 'interrupted'
    /** Too many trials failed in a row. */
    | 'failing';
  readonly message: string;
}

export interface EndCircumstances {
  readonly history: History;
  /** After how many failures in a row it stopped, if it did. */
  readonly failing: number | undefined;
  /** Whether nothing is left to do. */
  readonly over: boolean;
  readonly exhausted: boolean;
}

export function describeEnd({ history, failing, over, exhausted }: EndCircumstances): StudyEnd {
  if (failing !== undefined) return { reason: 'failing', message: describeFailures(history, failing) };
  if (!over) return { reason: 'interrupted', message: 'interrupted; everything is kept, run it again to continue' };
  const count = `${history.trials.length} ${history.trials.length === 1 ? 'trial' : 'trials'}`;
  if (exhausted) return { reason: 'exhausted', message: `the space has nothing beyond these ${count}` };
  return { reason: 'finished', message: `${count} done` };
}

function describeFailures(history: History, count: number): string {
  const failed = history.trials.filter(({ state }) => state === 'failed');
  const latest = failed.sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0) || a.number - b.number).slice(-count);
  return [`stopped: ${count} trials failed in a row`, ...latest.map(describeFailure)].join('\n');
}

function describeFailure({ number, outcome }: Trial): string {
  if (outcome?.status !== 'failed') return `  trial ${number}`;
  return `  trial ${number} ${outcome.kind}: ${outcome.message.split('\n', 1)[0]}`;
}
