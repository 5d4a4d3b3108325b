// What a trainer says with `context.log` and `context.warn`, as text: its own code may give anything else.
import { inspect } from 'node:util';
import { messageOf } from '../../study/errors.js';
import { shorten } from '../../system/shorten.js';

/** Characters of a warning, as of the message of a failure: it is kept in the journal, and shown in full. */
const MAX_WARNING = 2000;
/** The log cuts longer lines as well. */
const MAX_LINE = 10_000;

export function lineOf(said: unknown): string {
  return shorten(textOf(said), MAX_LINE);
}

export function warningOf(said: unknown): string {
  return shorten(textOf(said), MAX_WARNING);
}

function textOf(said: unknown): string {
  if (typeof said === 'string') return said;
  return said instanceof Error ? messageOf(said) : inspect(said, { depth: 2, breakLength: Infinity });
}
