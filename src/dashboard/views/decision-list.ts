// The latest decisions in words, the newest on top.
import type { Decision } from '../model/decisions.js';
import type { StudyModel } from '../model/study-model.js';
import { formatClock } from '../../system/format.js';
import { type Line, heading, span } from '../text/line.js';
import { wrap } from '../../system/text-width.js';

/** @param skip how many of the newest are scrolled past. */
export function decisionList(model: StudyModel, skip: number, width: number, height: number, tabs: Line = []): Line[] {
  const lines: Line[] = height > BARE ? [heading('decisions', width, tabs)] : [];
  // Every decision takes at least a line, so no more than `height` are needed.
  const latest = model.decisions.latest(height, skip, height >= ROOMY);
  if (latest.length === 0) lines.push([span('  no decisions yet', 'muted')]);
  for (const decision of latest) lines.push(...decisionLines(decision, width));
  return lines.slice(0, height);
}

/** Up to this height there is no heading; from the other on, routine suggestions are listed too. */
const BARE = 2;
const ROOMY = 20;
const CLOCK = 6;
const MOST_LINES = 3;

function decisionLines({ at, tone, text, routine }: Decision, width: number): Line[] {
  return wrap(text, width - CLOCK, routine ? 1 : MOST_LINES).map((line, i) => [
    span((i === 0 ? formatClock(at) : '').padEnd(CLOCK), 'muted'),
    span(line, tone),
  ]);
}
