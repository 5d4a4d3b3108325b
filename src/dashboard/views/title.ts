// The title of the terminal: what a person in another window wants to know.
import { oneLine } from '../../system/text-width.js';
import { formatMetric } from '../../system/format.js';
import type { StudyModel } from '../model/study-model.js';
import { endedOf } from '../model/tally.js';

/** "ants-bees 12/40, best 0.9131". */
export function titleOf(model: StudyModel): string {
  const ended = endedOf(model.tally.search);
  const total = model.facts.total === undefined ? '' : `/${model.total}`;
  const best = model.reference?.best?.value;
  return `${oneLine(model.facts.name)} ${ended}${total}${best === undefined ? '' : `, best ${formatMetric(best)}`}`;
}
