// A confusion matrix and what follows from it for each class, as text.
import { must } from '../../system/must.js';
import type { Confusion } from '../../metrics/confusion.js';
import { classScores } from '../../metrics/scores.js';
import { type LabelConfusion, countsOf, labelScores } from '../../metrics/labels/label-confusion.js';
import { formatMetric } from '../../system/format.js';
import { formatTable } from '../table.js';

/** Lines: precision, recall, F1 and images of each class. */
export function classTable(confusion: Confusion, classes: readonly string[]): string[] {
  const rows = classScores(confusion).map(({ precision, recall, f1, support }, i) => [
    classes[i] ?? `class ${i}`,
    formatMetric(precision),
    formatMetric(recall),
    formatMetric(f1),
    String(support),
  ]);
  return formatTable(['class', 'precision', 'recall', 'F1', 'images'], rows);
}

/** Of images with several labels: scores of each label, and what its images were taken for. */
function labelTable(
  confusions: readonly LabelConfusion[],
  labels: readonly string[],
  thresholds?: readonly number[],
): string[] {
  const rows = labelScores(confusions).map(({ precision, recall, f1, support }, i) => {
    const { hits, misses, alarms } = countsOf(must(confusions[i], 'a table'));
    const threshold = thresholds?.[i];
    return [
      labels[i] ?? `label ${i}`,
      ...[precision, recall, f1].map(formatMetric),
      ...[support, hits, misses, alarms].map(String),
      ...(threshold === undefined ? [] : [formatMetric(threshold)]),
    ];
  });
  const columns = ['label', 'precision', 'recall', 'F1', 'images', 'found', 'missed', 'false alarms'];
  return formatTable(thresholds === undefined ? columns : [...columns, 'threshold'], rows);
}

/** What a model got right and wrong, whatever its task. */
export function resultTables(
  {
    confusion,
    labels,
  }: { readonly confusion?: Confusion | undefined; readonly labels?: readonly LabelConfusion[] | undefined },
  names: readonly string[],
  thresholds?: readonly number[],
): string[] {
  if (labels !== undefined) return labelTable(labels, names, thresholds);
  return confusion === undefined ? [] : [...classTable(confusion, names), '', ...confusionTable(confusion, names)];
}

/** Columns are headed by numbers where names would make the table wider than this. */
const WIDEST = 100;

/** Lines: a row for each actual class, a column for each predicted one. */
export function confusionTable(confusion: Confusion, classes: readonly string[]): string[] {
  const names = confusion.map((_, i) => classes[i] ?? `class ${i}`);
  const lines = formatTable(
    ['actual \\ predicted', ...names],
    confusion.map((row, i) => [must(names[i], 'the name of the class'), ...row.map(String)]),
  );
  if (Math.max(...lines.map((line) => line.length)) <= WIDEST) return lines;
  return formatTable(
    ['', 'actual \\ predicted', ...names.map((_, i) => String(i + 1))],
    confusion.map((row, i) => [String(i + 1), must(names[i], 'the name of the class'), ...row.map(String)]),
  );
}
