// Texts as every server can keep them: PostgreSQL refuses JSON with NUL or half of a surrogate pair in it, however often it is sent.
import { HpoError } from '../study/errors.js';

/** Stands for what cannot be read: U+FFFD, as Unicode has it. */
const REPLACEMENT = '\uFFFD';
/** By whole characters: a pair of surrogates is one. */
const UNSTORABLE = /\0|\p{Surrogate}/gu;

/** The message with U+FFFD for each NUL and each half of a surrogate pair, in values and keys. */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [storableText(key), storable(one)]));
}

/**
 * Refuses what would be another study on workers.
 * @throws HpoError ERR_QUEUE naming the place.
 */
export function checkStorable(value: unknown, place: string): void {
  if (typeof value === 'string' && storableText(value) !== value) {
    throw new HpoError(
      'ERR_QUEUE',
      `expected text that a queue can keep at ${place}, got ${JSON.stringify(value)}: it has NUL or half of a surrogate pair`,
    );
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, one] of Object.entries(value)) {
    checkStorable(key, `a name in ${place}`);
    checkStorable(one, `${place}.${key}`);
  }
}

function storableText(text: string): string {
  return text.replaceAll(UNSTORABLE, REPLACEMENT);
}
