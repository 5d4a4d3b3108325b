// Why a study's run is over, in a word for programs and a sentence for people.
import type { LiveStudy } from './live-study.js';
import { counted } from '../system/format.js';

export interface StudyEnd {
  readonly reason:
    /** All its trials are done. */
    | 'finished'
    /** The sampler had nothing left to propose before the total was reached. */
    | 'exhausted'
    /** Its stop rule ended it: no further trial is worth its time. */
    | 'enough'
    /** A person stopped it; running it again continues. */
    | 'interrupted'
    /** The time that it was given is over; running it again continues. */
    | 'outOfTime'
    /** Too many trials failed in a row. */
    | 'failing';
  readonly message: string;
}

export interface EndCircumstances {
  readonly study: LiveStudy;
  /** After how many failures in a row it stopped, if it did. */
  readonly failing: number | undefined;
  /** Whether nothing is left to do, and whether that is because the space has nothing more. */
  readonly queue: { readonly isOver: boolean; readonly exhausted: boolean; readonly enough: string | undefined };
  /** Whether a person asked for no more than the running trials. */
  readonly finishing: boolean;
  /** Whether the time limit stopped it. */
  readonly outOfTime: boolean;
}

export function describeEnd({ study, failing, queue, finishing, outOfTime }: EndCircumstances): StudyEnd {
  if (failing !== undefined) return { reason: 'failing', message: describeFailures(study, failing) };
  if (!queue.isOver && outOfTime) {
    const { counts, trials } = study.history;
    const ended = counts.completed + counts.pruned + counts.failed;
    const message = `the time is up: ${ended} of ${counted(trials.length, 'trial')} ended; everything is kept, run it again to continue`;
    return { reason: 'outOfTime', message };
  }
  if (!queue.isOver) {
    const how = finishing ? 'finished the running trials' : 'interrupted';
    return { reason: 'interrupted', message: `${how}; everything is kept, run it again to continue` };
  }
  const { length } = study.history.trials;
  const count = counted(length, 'trial');
  if (queue.enough !== undefined) return { reason: 'enough', message: `${count} done; ${queue.enough}` };
  if (queue.exhausted) return { reason: 'exhausted', message: `the whole space was searched: ${count} done` };
  return { reason: 'finished', message: `${count} done` };
}

function describeFailures({ history }: LiveStudy, count: number): string {
  const lines = history.failuresInARow.slice(-count).map((number) => {
    const outcome = history.trials[number]?.outcome;
    const how = outcome?.status === 'failed' ? `${outcome.kind}: ${outcome.message.split('\n', 1)[0]}` : '';
    return `  trial ${number} ${how}`;
  });
  return [`stopped: ${count} trials failed in a row`, ...lines].join('\n');
}
