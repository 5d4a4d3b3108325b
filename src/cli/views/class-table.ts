// A confusion matrix and what follows from it for each class, as text.
import { must } from '../../system/must.js';
import type { Confusion } from '../../metrics/confusion.js';
import { classScores } from '../../metrics/scores.js';
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
