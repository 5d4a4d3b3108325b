// How sure a value is, and the images that a model got most confidently wrong, as text.
import type { Judgement } from '../../trainer/judgement.js';
import { formatMetric } from '../../system/format.js';
import { formatTable } from '../table.js';

const MISTAKES_SHOWN = 5;

/** "0.9012 … 0.9433 with 95 % confidence"; undefined where there is no interval. */
export function intervalText(interval: Judgement['interval']): string | undefined {
  if (interval === undefined) return undefined;
  const { low, high, level } = interval;
  return `${formatMetric(low)} … ${formatMetric(high)} with ${Math.round(level * 100)} % confidence`;
}

/** A table of the worst; none where nothing was wrong. */
export function mistakeLines({ mistakes, split }: Judgement, shown = MISTAKES_SHOWN): string[] {
  if (mistakes.length === 0) return [];
  const rows = mistakes
    .slice(0, shown)
    .map(({ file, actual, predicted, confidence }) => [file, actual, predicted, formatMetric(confidence)]);
  return formatTable([`most confidently wrong ${split} images`, 'actual', 'predicted', 'confidence'], rows);
}
