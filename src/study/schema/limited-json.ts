// JSON of somebody else as a value: nested so deep that everything can walk it, without names that JavaScript takes for its own.
import { parseJson } from '../../system/json.js';

/** Levels of objects and lists. */
const MAX_DEPTH = 100;

/**
 * The value of a JSON text.
 * @throws SyntaxError where it is no JSON, is nested deeper than 100 levels, or names something `__proto__`.
 */
export function parseLimitedJson(text: string): unknown {
  const value = parseJson(text);
  const depth = depthOf(text);
  if (depth > MAX_DEPTH) throw new SyntaxError(`expected at most ${MAX_DEPTH} levels of nesting, got ${depth}`);
  checkNames(value, '');
  return value;
}

/** The deepest level of brackets outside of texts. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    else if (token === ']' || token === '}') depth--;
  }
  return deepest;
}

/** A value of this name would be lost, or change what an object is. */
function checkNames(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, entry] of Object.entries(value)) {
    const place = path === '' ? name : `${path}.${name}`;
    if (name === '__proto__') throw new SyntaxError(`expected another name, got ${place}`);
    checkNames(entry, place);
  }
}
