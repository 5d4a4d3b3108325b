// The output of a program, line by line, and what a line says.
import type { Readable } from 'node:stream';
import { endOfString } from '../../system/json.js';

/** Characters of a line: a report may have the prediction of every validation image. */
const LONGEST_LINE = 8 * 2 ** 20;
/** Characters that stay of a longer one. */
const SHOWN = 10_000;

/**
 * Calls `onLine` for each line that is not empty, and for what is left at the end. Of a line that is written over with carriage returns, as
 * progress bars are, the last state counts. A line that is too long comes as its beginning.
 */
export function splitLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  let isSkipping = false;
  const pass = (line: string): void => {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    const shown = text.slice(text.lastIndexOf('\r') + 1);
    if (shown.trim() !== '') onLine(shown);
  };
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!isSkipping) pass(line);
      isSkipping = false;
    }
    const over = rest.lastIndexOf('\r', rest.length - 2);
    if (over !== -1) rest = rest.slice(over + 1);
    if (rest.length <= LONGEST_LINE) return;
    if (!isSkipping) pass(rest.slice(0, SHOWN));
    isSkipping = true;
    rest = '';
  });
  stream.on('end', () => {
    if (!isSkipping) pass(rest);
  });
}

/** What a line of JSON says to the study. */
export type Said =
  /** A report, or what the program takes for one: whoever gets it checks it. */
  | { readonly type: 'report'; readonly report: unknown }
  | { readonly type: 'progress'; readonly share: number; readonly images: number }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'end'; readonly reason: string };

/** Undefined where it is a line like any other. */
export function readLine(line: string): Said | undefined {
  if (!line.trimStart().startsWith('{')) return undefined;
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('epoch' in value && 'metrics' in value) return { type: 'report', report: value };
  const keys = Object.keys(value).length;
  if ('progress' in value && typeof value.progress === 'number') {
    const images = 'images' in value && typeof value.images === 'number' ? value.images : 0;
    return { type: 'progress', share: value.progress, images };
  }
  if ('warning' in value && typeof value.warning === 'string' && keys === 1) {
    return { type: 'warning', message: value.warning };
  }
  if ('end' in value && typeof value.end === 'string' && keys === 1) return { type: 'end', reason: value.end };
  return undefined;
}

/** No JSON, but what Python's json module writes. */
const NOT_FINITE = /"|-?Infinity|NaN/g;
const MARK = 'hpo:not-finite:';

/** JSON, also with NaN and Infinity; undefined where it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // perhaps with numbers that are not finite
  }
  const marked = withMarks(text);
  if (marked === undefined) return undefined;
  try {
    return JSON.parse(marked, (_, value: unknown) =>
      typeof value === 'string' && value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value,
    );
  } catch {
    return undefined;
  }
}

/** The text with a string in the place of each such number; undefined where there is none, or a string is never closed. */
function withMarks(text: string): string | undefined {
  let marked = '';
  let done = 0;
  NOT_FINITE.lastIndex = 0;
  for (let found = NOT_FINITE.exec(text); found !== null; found = NOT_FINITE.exec(text)) {
    const [token] = found;
    if (token === '"') {
      const end = endOfString(text, found.index);
      if (end === undefined) return undefined;
      NOT_FINITE.lastIndex = end;
      continue;
    }
    marked += `${text.slice(done, found.index)}"${MARK}${token}"`;
    done = NOT_FINITE.lastIndex;
  }
  return done === 0 ? undefined : marked + text.slice(done);
}
