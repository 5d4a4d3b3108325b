// The images that a model got most confidently wrong, as text.
import type { ModelEvaluation } from '../../trainer/evaluation.js';
import { splitWords } from '../../images/indexing/image-index.js';
import { formatMetric } from '../../system/format.js';
import { formatTable } from '../table.js';

const MISTAKES_SHOWN = 5;

/** A table of the worst; none where nothing was wrong. */
export function mistakeLines({ mistakes, split }: ModelEvaluation, shown = MISTAKES_SHOWN): string[] {
  if (mistakes.length === 0) return [];
  const rows = mistakes
    .slice(0, shown)
    .map(({ file, actual, predicted, confidence }) => [file, actual, predicted, formatMetric(confidence)]);
  return formatTable([`most confidently wrong ${splitWords(split)} images`, 'actual', 'predicted', 'confidence'], rows);
}
