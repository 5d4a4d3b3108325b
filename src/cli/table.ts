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

/** Lines of cells, two spaces between columns. Columns of numbers, heading lines aside, are aligned to the right. */
export function alignColumns(lines: readonly (readonly string[])[], headings = 0): string[] {
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
      .join('  ')
      .trimEnd(),
  );
}
