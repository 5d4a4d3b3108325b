// From a journal's events to the history that they add up to.
import { messageOf } from '../study/errors.js';
import type { TrialEvent } from '../study/events.js';
import { HistoryLedger } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import { damaged } from './journal-codec.js';

/**
 * @param path names the journal in messages.
 * @throws HpoError ERR_JOURNAL_DAMAGED, with the line, where an event does not fit those before it.
 */
export function replay(events: readonly TrialEvent[], objective: Objective, path = 'journal'): HistoryLedger {
  const history = new HistoryLedger(objective);
  events.forEach((event, i) => {
    try {
      history.apply(event);
    } catch (error) {
      throw damaged(path, i + 1, messageOf(error), error);
    }
  });
  return history;
}
