// Paths as people read them.
import { isAbsolute, relative } from 'node:path';

/** Relative to the working folder where it lies below it, else absolute. */
export function shortPath(path: string): string {
  const below = relative(process.cwd(), path);
  return below === '' ? '.' : below.startsWith('..') || isAbsolute(below) ? path : below;
}
