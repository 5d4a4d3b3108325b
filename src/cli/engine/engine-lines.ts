// The engines of this machine for people: how fast, or why not.
import type { EngineReport } from '../../app/setup/engine-speeds.js';
import { formatTable } from '../table.js';

/** A table of those that work, and a line for each of the others. */
export function engineLines(engines: readonly EngineReport[]): string[] {
  const rows = engines.flatMap(({ name, answer }) => {
    if (answer.status === 'missing') return [];
    const { device, speed } = answer;
    return [[name, device, ...[speed?.training, speed?.forward].map(images)]];
  });
  const missing = engines.flatMap(({ name, answer }) =>
    answer.status === 'missing' ? [`${name}: ${answer.reason.replace(/\s*\n\s*/g, ' ')}`] : [],
  );
  return [...formatTable(['engine', 'computes on', 'training', 'forward'], rows), ...missing];
}

function images(perSecond: number | undefined): string {
  if (perSecond === undefined) return 'not measured';
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} images/s`;
}
