// What has changed between two values of JSON, so that a page that is open gets the change and not the whole again.
import { ownValue } from '../system/own.js';

export type Path = readonly (string | number)[];

/** A path alone: what is there is gone. With a value: it is that now. With three: so many items of a list, from one on, are these now. */
export type Change = readonly [Path] | readonly [Path, unknown] | readonly [Path, number, number, readonly unknown[]];

type Fields = Readonly<Record<string, unknown>>;

/** The changes that make `after` of `before`, in the order in which they are to be made. Fields that are undefined count as missing. */
export function difference(before: unknown, after: unknown, path: Path = []): Change[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listDifference(before, after, path);
  if (isFields(before) && isFields(after)) return fieldsDifference(before, after, path);
  return [[path, after]];
}

function fieldsDifference(before: Fields, after: Fields, path: Path): Change[] {
  const gone = knownKeys(before).filter((key) => ownValue(after, key) === undefined);
  return [
    ...gone.map((key): Change => [[...path, key]]),
    ...knownKeys(after).flatMap((key) => difference(ownValue(before, key), after[key], [...path, key])),
  ];
}

/** Items that are the same at both ends stay. Those between them change one by one or are replaced together, whichever says less. */
function listDifference(before: readonly unknown[], after: readonly unknown[], path: Path): Change[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isSame(before[head], after[head])) head++;
  if (head === before.length && head === after.length) return [];
  let tail = 0;
  while (tail < shorter - head && isSame(before.at(-1 - tail), after.at(-1 - tail))) tail++;
  const count = before.length - head - tail;
  const together: Change[] = [[path, head, count, after.slice(head, after.length - tail)]];
  if (count === 0) return together;
  const singly = itemByItem(before, after, path, head);
  return JSON.stringify(singly).length < JSON.stringify(together).length ? singly : together;
}

/** From the `head`-th item on; what one list has more than the other comes at its end. */
function itemByItem(before: readonly unknown[], after: readonly unknown[], path: Path, head: number): Change[] {
  const shorter = Math.min(before.length, after.length);
  const changes: Change[] = [];
  for (let i = head; i < shorter; i++) {
    for (const change of difference(before[i], after[i], [...path, i])) changes.push(change);
  }
  if (before.length !== after.length) changes.push([path, shorter, before.length - shorter, after.slice(shorter)]);
  return changes;
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => isSame(one, b[i]));
  if (!isFields(a) || !isFields(b)) return false;
  const keys = knownKeys(a);
  return keys.length === knownKeys(b).length && keys.every((key) => isSame(a[key], ownValue(b, key)));
}

function knownKeys(fields: Fields): string[] {
  return Object.keys(fields).filter((key) => fields[key] !== undefined);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
