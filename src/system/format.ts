// How numbers, durations and sizes are printed: everywhere the same, on screens, in reports and in messages.
import { oneLine } from './text-width.js';

/** A metric: four decimals. Tiny and large numbers keep four significant digits. */
export function formatMetric(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : String(value);
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return formatDigits(value, 4);
  if (size >= 1e6) return exponent(value.toExponential(3));
  return unsignedZero(value.toFixed(size >= 10_000 ? 0 : size >= 100 ? 1 : 4));
}

/** A difference of metrics, with its sign: '+0.004'. */
export function formatDifference(value: number): string {
  const size = Math.abs(value).toFixed(Math.abs(value) >= 100 ? 0 : 3);
  return `${value < 0 && Number(size) !== 0 ? '−' : '+'}${size}`;
}

/** A parameter's value: whole numbers in full, others with four significant digits and no trailing zeros. */
export function formatScalar(value: string | number | boolean): string {
  if (typeof value !== 'number') return oneLine(String(value));
  if (Number.isInteger(value)) return exponent(String(Math.abs(value) === 0 ? 0 : value));
  const rounded = Number(value.toPrecision(4));
  const size = Math.abs(rounded);
  return exponent(size < 0.001 || size >= 1e6 ? rounded.toExponential() : String(rounded));
}

/** The number with so many significant digits at most, and no trailing zeros. */
export function formatDigits(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** The numbers with four significant digits, or with as many as it takes for different ones to read differently. */
export function formatApart(...values: readonly number[]): string[] {
  for (let digits = 4; ; digits++) {
    const texts = values.map((value) => formatDigits(value, digits));
    if (digits >= 17 || new Set(texts).size === new Set(values).size) return texts;
  }
}

/** One decimal, for logarithms in notes: '-0.4', and never '-0.0'. */
export function formatTenths(value: number): string {
  return unsignedZero(value.toFixed(1));
}

/** '4.2 %', '5 %', '93 %'. */
export function formatPercent(share: number): string {
  const percent = Number((100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0));
  return `${percent === 0 ? 0 : percent} %`;
}

/** '350ms', '4.6s', '42s', '3m 20s', '1h 04m', '2d 3h'; '–' for what is not known. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return short(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${twoDigits(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60 * 24) return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
  const hours = Math.round(whole / 3600);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** A duration to one unit, for what is known only roughly: '40s', '12m', '3.5h'. */
export function formatRoughly(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))}s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)}m`;
  if (seconds < 36 * 3600) return `${twoSignificant(seconds / 3600)}h`;
  return `${twoSignificant(seconds / 86_400)}d`;
}

/** The local time of day, '21:04'. */
export function formatClock(at: number): string {
  const date = new Date(at);
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

/** '310 MB', '1.2 GB'; powers of 1000. */
export function formatBytes(bytes: number): string {
  return `${scaled(bytes, ' ')}B`;
}

/** Memory: '0.52 GiB', '139 GiB'. */
export function formatMemory(bytes: number): string {
  return `${formatDigits(bytes / 2 ** 30, 3)} GiB`;
}

/** '312', '12k', '3.1M'. */
export function formatCount(count: number): string {
  return count < 10_000 ? String(Math.round(count)) : scaled(count, '');
}

/** '1 trial', '9 trials'. */
export function counted(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : plural}`;
}

/** '1st', '2nd', '11th'. */
export function ordinal(place: number): string {
  const teens = place % 100 > 10 && place % 100 < 14;
  return `${place}${(teens ? undefined : ['th', 'st', 'nd', 'rd'][place % 10]) ?? 'th'}`;
}

/** 'a', 'a and b', 'a, b and c'. */
export function listed(words: readonly string[]): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function short(seconds: number): string {
  if (seconds <= 0) return '0s';
  if (seconds < 0.9995) return `${formatDigits(Math.max(1, 1000 * seconds), seconds < 0.0995 ? 2 : 3)}ms`;
  return seconds < 9.95 ? `${Number(seconds.toFixed(1))}s` : `${Math.round(seconds)}s`;
}

function scaled(amount: number, space: string): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  const power = amount < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(amount) / 3));
  const mantissa = amount / 1000 ** power;
  return `${power === 0 ? Math.round(mantissa) : twoSignificant(mantissa)}${space}${units[power] ?? ''}`;
}

function twoSignificant(value: number): string {
  return value >= 99.5 ? value.toFixed(0) : formatDigits(value, 2);
}

/** JavaScript writes 1e+21 where people write 1e21. */
function exponent(text: string): string {
  return text.replace('e+', 'e');
}

/** '-0.0000' is no number to read. */
function unsignedZero(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
