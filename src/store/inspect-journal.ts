// Looks at every line of a journal, also behind a damaged one: what is whole, and what is wrong with the rest.
import { readFile } from 'node:fs/promises';
import { messageOf } from '../study/errors.js';
import { decodeEvent } from './journal-codec.js';

export interface LineProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly problem: string;
}

export interface JournalInspection {
  readonly lines: number;
  /** Lines with a checksum. */
  readonly sealed: number;
  readonly problems: readonly LineProblem[];
  /** Bytes of a last line without a newline, which the next run removes. */
  readonly torn: number;
}

const NEWLINE = 0x0a;

/** @throws what reading the file throws. */
export async function inspectJournal(path: string): Promise<JournalInspection> {
  const bytes = await readFile(path);
  const problems: LineProblem[] = [];
  let sealed = 0;
  let lines = 0;
  let start = 0;
  for (let end; (end = bytes.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
    lines++;
    try {
      const { isSealed } = decodeEvent(bytes.subarray(start, end), lines, path, sealed > 0);
      if (isSealed) sealed++;
    } catch (error) {
      problems.push({ line: lines, problem: withoutPlace(messageOf(error), `${path}:${lines}: `) });
    }
  }
  return { lines, sealed, problems, torn: bytes.length - start };
}

/** The problem alone: where it is and what to do are said once for all lines. */
function withoutPlace(message: string, place: string): string {
  const text = message.startsWith(place) ? message.slice(place.length) : message;
  return text.replace(/\. Nothing was changed;.*$/s, '');
}
