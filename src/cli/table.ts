// Parameters and tables as commands print them.
import type { Parameters } from '../study/parameters.js';
import { formatScalar } from '../system/format.js';
import { widthOf } from '../system/text-width.js';

/** "learningRate=0.00042 batchSize=16". */
export function formatParameters(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${formatScalar(value)}`)
    .join(' ');
}

/** A header and rows in aligned columns, see `alignColumns`. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return alignColumns([header, ...rows], 1);
}

/**
 * The table in as few blocks of columns as fit into `width` characters, one below the other. Each begins with the first column, which names
 * the row. A block of two columns may be wider.
 */
export function formatBlocks(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string[][] {
  const widths = header.map((title, i) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i] ?? ''))));
  const blocks: number[][] = [];
  let used = Infinity;
  for (let column = 1; column < header.length; column++) {
    const own = GAP + (widths[column] ?? 0);
    if (used + own > width) {
      blocks.push([0]);
      used = widths[0] ?? 0;
    }
    blocks.at(-1)?.push(column);
    used += own;
  }
  const pick = (cells: readonly string[], columns: readonly number[]): string[] => columns.map((at) => cells[at] ?? '');
  return blocks.map((columns) =>
    formatTable(
      pick(header, columns),
      rows.map((row) => pick(row, columns)),
    ),
  );
}

/** Spaces between columns. */
const GAP = 2;

/** Lines of cells with a gap between columns. Columns of numbers, heading lines aside, are aligned to the right. */
export function alignColumns(lines: readonly (readonly string[])[], headings = 0, gap = GAP): string[] {
  const columns = Array.from({ length: Math.max(0, ...lines.map((line) => line.length)) }, (_, column) => {
    const cells = lines.map((line) => line[column] ?? '');
    const body = cells.slice(headings);
    return {
      width: Math.max(...cells.map(widthOf)),
      isNumeric: body.length > 0 && body.every((cell) => /^(–|[-+]?[\d.,]+(e[-+]?\d+)?%?)$/.test(cell)),
    };
  });
  return lines.map((line) =>
    columns
      .map(({ width, isNumeric }, column) => {
        const cell = line[column] ?? '';
        const padding = ' '.repeat(width - widthOf(cell));
        return isNumeric ? padding + cell : cell + padding;
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
