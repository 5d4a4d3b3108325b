// What a cell of a table may hold: a path, a label, a split, a group, a weight. Anything else is explained.
import { isAbsolute, posix, relative, resolve } from 'node:path';
import type { Split } from '../indexing/image-index.js';

/** A value that cannot be used, in words. */
export interface Unfit {
  readonly expected: string;
  readonly got: string;
}

export function isUnfit(value: unknown): value is Unfit {
  return typeof value === 'object' && value !== null && 'expected' in value;
}

/**
 * A path below `root`, with forward slashes. An absolute one inside of `root` is accepted.
 * @param root absolute.
 */
export function pathOf(value: unknown, root: string): string | Unfit {
  const text = textOf(value);
  if (text === undefined) {
    const expected = 'the path of an image file';
    if (isObject(value) && 'bytes' in value) {
      return { expected, got: 'an image within the table: write the images to files and name these' };
    }
    return { expected, got: shown(value) };
  }
  const expected = 'a path below data.images';
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(text))
    return { expected, got: `an address, '${text}': download the images first` };
  if (text.includes('\0')) return { expected, got: 'one with a zero byte' };
  const slashed = text.replaceAll('\\', '/');
  const isDrive = /^[a-z]:\//i.test(slashed);
  const path = isAbsolute(slashed) || isDrive ? relative(root, resolve(slashed)).replaceAll('\\', '/') : slashed;
  const normal = posix.normalize(path);
  if (normal === '..' || normal.startsWith('../') || isAbsolute(normal) || (isDrive && process.platform !== 'win32')) {
    return {
      expected: `${expected} (${root})`,
      got: `'${text}', which lies outside`,
    };
  }
  if (normal === '.' || normal.endsWith('/'))
    return { expected: 'the path of an image file', got: `'${text}', a folder` };
  return normal;
}

/** The label as it is spelled, without spaces around. */
export function labelOf(value: unknown): string | Unfit {
  if (Array.isArray(value)) {
    return { expected: 'one label', got: `the list ${shown(value)}: for several labels of an image, set data.labels` };
  }
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return { expected: 'the name of a class', got: `${value}: numbers to predict (regression) are not supported` };
  }
  return nameOf(value, 'a label');
}

const SPLIT_WORDS: Readonly<Record<string, Split>> = {
  ...{ train: 'train', training: 'train' },
  ...{ validation: 'validation', valid: 'validation', val: 'validation', dev: 'validation' },
  ...{ test: 'test', testing: 'test' },
};

export function splitOf(value: unknown): Split | Unfit {
  const word = textOf(value)?.toLowerCase();
  const split = word !== undefined && Object.hasOwn(SPLIT_WORDS, word) ? SPLIT_WORDS[word] : undefined;
  return split ?? { expected: 'train, validation or test', got: shown(value) };
}

export function groupOf(value: unknown): string | Unfit {
  return nameOf(value, 'the name of a group');
}

/** A name of several lines is mostly rows that a quotation mark swallowed. */
export function nameOf(value: unknown, expected: string): string | Unfit {
  const text = textOf(value);
  if (text === undefined) return { expected, got: shown(value) };
  if (!/\p{Cc}/u.test(text)) return text;
  return { expected: `${expected} without line breaks and other control characters`, got: shown(JSON.stringify(text)) };
}

/** A finite number of at least 0. */
export function weightOf(value: unknown): number | Unfit {
  const text = textOf(value);
  const weight = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(weight) && weight >= 0 ? weight : { expected: 'a number of at least 0', got: shown(value) };
}

/** A text or a number as text, without spaces around; undefined where there is none. */
export function textOf(value: unknown): string | undefined {
  const isSimple = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint';
  if (!isSimple && !(typeof value === 'number' && Number.isFinite(value))) return undefined;
  const text = String(value).trim();
  return text === '' ? undefined : text;
}

/** A cell in a few words. */
export function shown(value: unknown): string {
  if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) return 'nothing';
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value, plain);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
