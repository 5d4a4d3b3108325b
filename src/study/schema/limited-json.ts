// JSON of somebody else as a value: nested so deep that everything can walk it, without names that JavaScript takes for its own.
import { endOfString, parseJson } from '../../system/json.js';

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
  checkNames(value);
  return value;
}

/** The deepest level of brackets outside of texts. @param text JSON. */
function depthOf(text: string): number {
  const tokens = /["[{\]}]/g;
  let depth = 0;
  let deepest = 0;
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    if (found[0] === '"') tokens.lastIndex = endOfString(text, found.index) ?? text.length;
    else if (found[0] === '[' || found[0] === '{') deepest = Math.max(deepest, ++depth);
    else depth--;
  }
  return deepest;
}

/**
 * A value of this name would be lost, or change what an object is.
 * @throws SyntaxError with its place.
 */
export function checkNames(value: unknown): void {
  const open: (readonly [path: string, value: unknown])[] = [['', value]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, parent] = next;
    if (typeof parent !== 'object' || parent === null) continue;
    for (const [name, entry] of Object.entries(parent)) {
      const place = path === '' ? name : `${path}.${name}`;
      if (name === '__proto__') throw new SyntaxError(`expected another name, got ${place}`);
      if (typeof entry === 'object') open.push([place, entry]);
    }
  }
}
