// Numbers, durations, sizes and tables as people read them.
import type { Parameters, Scalar } from '../study/parameters.js';

/** A metric: four decimals, as many as differences of validation scores are worth; small numbers keep four digits. */
export function formatMetric(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value !== 0 && Math.abs(value) < 0.01 ? value.toPrecision(4) : value.toFixed(4);
}

/** A parameter's value: four significant digits, no trailing zeros; whole numbers in full. */
export function formatScalar(value: Scalar): string {
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) < 1e-3 ? rounded.toExponential() : String(rounded);
}

/** "learningRate=0.00042 batchSize=16". */
export function formatParameters(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${formatScalar(value)}`)
    .join(' ');
}

/** "4 s", "2 min 5 s", "3 h 12 min", "2 d 4 h". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const whole = Math.round(seconds);
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, size]) => whole >= size);
  let rest = whole;
  const parts = units.slice(first, first + 2).map(([name, size]) => {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    return amount === 0 ? '' : `${amount} ${name}`;
  });
  return parts.filter((part) => part !== '').join(' ');
}

/** "812 B", "3.4 MB", "12 GB"; powers of 1000. */
export function formatBytes(bytes: number): string {
  return `${scaled(bytes, ['', 'k', 'M', 'G', 'T'])}B`;
}

/** "349 M", "1.2 G", for counts that are only roughly interesting; powers of 1000. */
export function formatCount(count: number): string {
  return count < 10_000 ? String(Math.round(count)) : scaled(count, ['', 'k', 'M', 'G', 'T', 'P']).trimEnd();
}

function scaled(amount: number, prefixes: readonly string[]): string {
  const power = amount < 1 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(amount) / 3));
  const mantissa = amount / 1000 ** power;
  const digits = power === 0 || mantissa >= 99.5 ? mantissa.toFixed(0) : String(Number(mantissa.toPrecision(2)));
  return `${digits} ${prefixes[power] as string}`;
}

/** "1 trial", "9 trials". */
export function counted(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : plural}`;
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

function widthOf(text: string): number {
  return [...text].length;
}
