// Numbers and counts as sentences need them.
import type { Scalar } from '../study/parameters.js';

/** Four decimals for metrics in the usual range, four digits beyond it. */
export function metric(value: number): string {
  const size = Math.abs(value);
  return value !== 0 && (size < 0.001 || size >= 1000) ? value.toPrecision(4) : value.toFixed(4);
}

export function scalar(value: Scalar): string {
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size < 0.001 || size >= 1e6 ? value.toExponential(2).replace('e+', 'e') : String(Number(value.toPrecision(4)));
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** '43 s', '12 min', '3.4 h', '2.1 days'. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 100) return `${seconds < 10 ? Number(seconds.toPrecision(2)) : Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Number((seconds / 3600).toPrecision(2))} h`;
  return `${Number((seconds / 86_400).toPrecision(2))} days`;
}

/** '1,200', '12 million'. */
export function large(count: number): string {
  return count >= 1e6 ? `${Number((count / 1e6).toPrecision(2))} million` : Math.round(count).toLocaleString('en');
}

export function listed(words: readonly string[]): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
