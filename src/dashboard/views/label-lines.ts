// What a model got right and wrong of each label, in text: the weakest labels where not all fit.
import { type LabelConfusion, countsOf, labelScores } from '../../metrics/labels/label-confusion.js';
import { formatMetric } from '../../system/format.js';
import { must } from '../../system/must.js';
import { fit, oneLine, widthOf } from '../../system/text-width.js';
import { type Line, heading, span } from '../text/line.js';

const MOST_LABELS = 20;
const HEADER = ['found', 'missed', 'alarms', 'precision', 'recall', 'F1'];
const CELL = 10;

export function labelLines(
  labels: readonly LabelConfusion[],
  names: readonly string[] | undefined,
  epoch: number,
  width: number,
): Line[] {
  const rows = labelScores(labels)
    .map((scores, i) => ({
      ...scores,
      ...countsOf(must(labels[i], 'a table')),
      name: oneLine(names?.[i] ?? `label ${i}`),
    }))
    .toSorted((a, b) => (labels.length > MOST_LABELS ? a.f1 - b.f1 : 0))
    .slice(0, MOST_LABELS);
  const nameWidth = Math.min(24, Math.max(5, ...rows.map(({ name }) => widthOf(name))));
  // The last columns say most.
  const columns = Math.max(1, Math.min(HEADER.length, Math.floor((width - nameWidth) / CELL)));
  const kept = <T>(cells: readonly T[]): T[] => cells.slice(HEADER.length - columns);
  const note = labels.length > MOST_LABELS ? [span(`the weakest ${MOST_LABELS} of ${labels.length} `, 'muted')] : [];
  return [
    heading(`labels at epoch ${epoch}`, width, note),
    [span(' '.repeat(nameWidth)), ...kept(HEADER).map((title) => span(title.padStart(CELL), 'muted'))],
    ...rows.map(({ name, hits, misses, alarms, precision, recall, f1 }): Line => [
      span(fit(name, nameWidth)),
      ...kept([
        span(String(hits).padStart(CELL), 'completed'),
        span(String(misses).padStart(CELL), misses === 0 ? 'muted' : 'pruned'),
        span(String(alarms).padStart(CELL), alarms === 0 ? 'muted' : 'pruned'),
        ...[precision, recall, f1].map((share) => span(formatMetric(share).padStart(CELL))),
      ]),
    ]),
  ];
}
