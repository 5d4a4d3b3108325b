// A confusion matrix in text, or, where that does not fit, the largest confusions in words.
import { must } from '../../system/must.js';
import { classScores } from '../../metrics/scores.js';
import { type Line, heading, span } from '../text/line.js';
import { fit, oneLine, widthOf } from '../../system/text-width.js';
import { formatMetric, formatPercent } from '../../system/format.js';

const MOST_CONFUSIONS = 8;
const MOST_CLASSES = 20;
/** Cells for recall and F1 behind the matrix. */
const SCORES = 15;

/** @param matrix matrix[actual][predicted], image counts. */
export function confusionLines(
  matrix: readonly (readonly number[])[],
  classNames: readonly string[] | undefined,
  epoch: number,
  width: number,
): Line[] {
  const names = matrix.map((_, i) => oneLine(classNames?.[i] ?? `class ${i}`));
  const longest = Math.max(...names.map(widthOf));
  const nameWidth = Math.min(24, longest);
  const narrowest = Math.max(String(Math.max(...matrix.flat())).length, Math.min(8, longest)) + 1;
  const room = width - nameWidth - SCORES;
  const fits = matrix.length * narrowest <= room && matrix.length <= MOST_CLASSES;
  const title = heading(
    `confusion at epoch ${epoch}`,
    width,
    fits ? [span('rows: actual, columns: predicted ', 'muted')] : [],
  );
  if (!fits) return [title, ...largestConfusions(matrix, names)];
  // Where there is room, the names stand in full above the columns.
  const cell = Math.max(narrowest, Math.min(nameWidth + 1, Math.floor(room / matrix.length)));
  const scores = classScores(matrix);
  return [
    title,
    [
      span(' '.repeat(nameWidth)),
      ...names.map((name) => span(fit(name, cell - 1, 'right').padStart(cell), 'muted')),
      span('  recall     F1', 'muted'),
    ],
    ...matrix.map((counts, actual): Line => [
      span(fit(must(names[actual], 'the name of the class'), nameWidth)),
      ...counts.map((count, predicted) => {
        const tone = count === 0 ? 'muted' : predicted === actual ? 'completed' : 'pruned';
        return span(String(count).padStart(cell), tone);
      }),
      span(share(counts[actual] ?? 0, counts).padStart(8)),
      span(formatMetric(scores[actual]?.f1 ?? 0).padStart(7)),
    ]),
  ];
}

function largestConfusions(matrix: readonly (readonly number[])[], names: readonly string[]): Line[] {
  const confusions = matrix.flatMap((counts, actual) =>
    counts.flatMap((count, predicted) => (count > 0 && predicted !== actual ? [{ actual, predicted, count }] : [])),
  );
  if (confusions.length === 0) return [[span('no image is confused', 'completed')]];
  const worst = confusions.sort((a, b) => b.count - a.count).slice(0, MOST_CONFUSIONS);
  return worst.map(({ actual, predicted, count }) => [
    span(String(count).padStart(5), 'pruned'),
    span(` ${names[actual] ?? actual} taken for ${names[predicted] ?? predicted}`),
  ]);
}

function share(part: number, counts: readonly number[]): string {
  const whole = counts.reduce((sum, count) => sum + count, 0);
  return whole === 0 ? '·' : formatPercent(part / whole);
}
