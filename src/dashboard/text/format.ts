// Numbers, durations and sizes as short as a lane or a table cell needs them.
import type { Scalar } from '../../study/parameters.js';
import { oneLine } from './width.js';

/** A metric: four decimals; numbers that are tiny or large keep four digits. */
export function formatMetric(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size < 0.001 || size >= 10_000)) return value.toPrecision(4);
  return value.toFixed(size >= 100 ? 1 : 4);
}

/** A difference of metrics, with its sign. */
export function formatDifference(value: number): string {
  const text = Math.abs(value) >= 100 ? Math.abs(value).toFixed(0) : Math.abs(value).toFixed(3);
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** A parameter's value: whole numbers in full, others with three significant digits. */
export function formatScalar(value: Scalar): string {
  if (typeof value !== 'number') return oneLine(String(value));
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) {
    return value
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  }
  return String(Number(value.toPrecision(3)));
}

/** '8s', '3m 20s', '1h 04m', '2d 3h'. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60 * 24) return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
  const hours = Math.round(whole / 3600);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** A duration to one unit, for what is known only roughly: '40s', '12m', '3.5h'. */
export function formatRoughly(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))}s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)}m`;
  if (seconds < 36 * 3600) return `${trim(seconds / 3600)}h`;
  return `${trim(seconds / 86_400)}d`;
}

/** '310 MB', '1.2 GB'; powers of 1000. */
export function formatBytes(bytes: number): string {
  return `${scaled(bytes)}B`;
}

/** '312', '12.4k', '3.1M'. */
export function formatCount(count: number): string {
  return count < 10_000 ? String(Math.round(count)) : scaled(count).replace(' ', '');
}

/** The local time of day, '21:04'. */
export function formatClock(at: number): string {
  const date = new Date(at);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

function scaled(amount: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  const power = amount < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(amount) / 3));
  return `${trim(amount / 1000 ** power)} ${units[power] as string}`;
}

function trim(value: number): string {
  return value >= 99.5 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
