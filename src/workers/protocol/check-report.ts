// Whether what a trainer yielded is a report; trainers are often written by hand, without a compiler to object.
import type { ClassificationDetail, MultilabelDetail, Report } from '../../study/trial.js';

/** A report is a line of the journal; a thousand classes have three metrics each. */
const MAX_METRICS = 20_000;
const MAX_NAME = 1000;
/** Characters of a text in a message. */
const MAX_SHOWN = 200;

/** The report as plain data of known fields, or what is wrong with it: "expected …, got …". Metrics may be NaN. */
export function checkReport(value: unknown): Report | { readonly problem: string } {
  if (!isObject(value)) return { problem: `expected a report { epoch, metrics }, got ${show(value)}` };
  const { epoch, metrics, detail, seconds, work } = value;
  if (!isEpoch(epoch)) {
    return { problem: `expected an epoch counted from 1 in a report, got ${show(epoch)}` };
  }
  if (!isObject(metrics))
    return { problem: `expected metrics by name in the report of epoch ${epoch}, got ${show(metrics)}` };
  const names = Object.keys(metrics);
  if (names.length > MAX_METRICS) return { problem: `expected at most ${MAX_METRICS} metrics, got ${names.length}` };
  const odd = names.find((name) => name.length > MAX_NAME || name === '__proto__');
  if (odd !== undefined) return { problem: `expected another name of a metric, got ${show(odd)}` };
  const wrong = Object.entries(metrics).find(([, metric]) => typeof metric !== 'number');
  if (wrong !== undefined) return { problem: `expected a number as metric '${wrong[0]}', got ${show(wrong[1])}` };
  if (seconds !== undefined && !isFiniteNumber(seconds)) return { problem: `expected seconds, got ${show(seconds)}` };
  if (detail !== undefined && !isDetail(detail)) {
    return {
      problem: `expected detail { confusion: number[][], predictions?: number[] } or { labels: number[][][] }, got ${show(detail)}`,
    };
  }
  if (work !== undefined && !isWork(work)) {
    return { problem: `expected work as finite numbers by name, got ${show(work)}` };
  }
  return {
    epoch,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, (metric as number) + 0])), // no −0
    ...(detail === undefined ? {} : { detail: plainDetail(detail) }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(work === undefined ? {} : { work: { ...work } }),
  };
}

function isEpoch(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1;
}

/** A value in a few words. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? `'${value.slice(0, MAX_SHOWN)}'` : String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return `an object with ${Object.keys(value).slice(0, 8).join(', ') || 'no fields'}`;
}

function isDetail(value: unknown): value is ClassificationDetail | MultilabelDetail {
  if (!isObject(value)) return false;
  const { confusion, predictions, labels } = value;
  if (confusion === undefined && isList(labels)) {
    return labels.every((one) => isList(one) && one.length === 2 && one.every((row) => isListOfNumbers(row)));
  }
  if (!isList(confusion)) return false;
  return confusion.every(isListOfNumbers) && (predictions === undefined || isListOfNumbers(predictions));
}

function plainDetail(detail: ClassificationDetail | MultilabelDetail): ClassificationDetail | MultilabelDetail {
  if (detail.confusion === undefined) {
    return { labels: Array.from(detail.labels, (one) => Array.from(one, (row) => Array.from(row))) };
  }
  const { confusion, predictions } = detail;
  const rows = Array.from(confusion, (row) => Array.from(row));
  return predictions === undefined ? { confusion: rows } : { confusion: rows, predictions: Array.from(predictions) };
}

/** Typed arrays are lists as well. */
function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function isListOfNumbers(value: unknown): boolean {
  return isList(value) && value.every(isFiniteNumber);
}

function isWork(value: unknown): value is NonNullable<Report['work']> {
  return isObject(value) && Object.values(value).every(isFiniteNumber);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
