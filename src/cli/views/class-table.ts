// A confusion matrix and what follows from it for each class, as text.
import type { Confusion } from '../../trainer/metrics/confusion.js';
import { classScores } from '../../trainer/metrics/scores.js';
import { counted, formatMetric, formatTable } from '../format.js';

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

/** Lines: a row for each actual class, a column for each predicted one. */
export function confusionTable(confusion: Confusion, classes: readonly string[]): string[] {
  const names = confusion.map((_, i) => classes[i] ?? `class ${i}`);
  return formatTable(
    ['actual \\ predicted', ...names],
    confusion.map((row, i) => [names[i] as string, ...row.map(String)]),
  );
}

/** The most frequent confusions, in words, at most `limit`. */
export function worstConfusions(confusion: Confusion, classes: readonly string[], limit: number): string[] {
  const pairs = confusion.flatMap((row, actual) =>
    row.flatMap((count, predicted) => (actual === predicted || count === 0 ? [] : [{ actual, predicted, count }])),
  );
  return pairs
    .sort((a, b) => b.count - a.count)
    .slice(0, limit)
    .map(({ actual, predicted, count }) => {
      return `${counted(count, 'image')} of ${classes[actual]} taken for ${classes[predicted]}`;
    });
}
