// Random changes of values, texts and bytes: what a slip of a hand, a bad disk or somebody hostile may make of a file.
import type { RandomStream } from '../../src/math/random.js';

/** Values that programs stumble over. */
const ODD: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 0.5, -0, 1e308, -1.7e308, 5e-324, 2 ** 53, 2 ** 31, -(2 ** 31), 65536, 50_000],
  ...['', ' ', 'a', '__proto__', 'constructor', 'toString', '../../etc/passwd', '/dev/zero', '/dev/stdin', 'NaN'],
  ...['\u0000', '\u001b[2J', '\u202e', '\ud800', 'x'.repeat(5000), '1e999', '-', '0x10', 'é', 'é'],
  ...[[], {}, [[]], [{}], [null], { length: 5 }, { then: 1 }, { toString: 1 }, { type: 'float' }, { min: 1 }],
];
const KEYS = [
  'type',
  'min',
  'max',
  'step',
  'values',
  'when',
  'name',
  'scale',
  '__proto__',
  'constructor',
  'length',
  '',
];

/** Where a value stands: its parent, and its key there. */
interface Place {
  readonly parent: Record<string, unknown> | unknown[];
  readonly key: string;
}

/** A copy of a JSON value with some changes. */
export function mutateValue(value: unknown, random: RandomStream, changes = 1 + random.integer(3)): unknown {
  const root: Record<string, unknown> = { root: structuredClone(value) };
  for (let change = 0; change < changes; change++) {
    try {
      mutateOnce(root, random);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // nested too deeply for a copy
    }
  }
  return root['root'];
}

function mutateOnce(root: Record<string, unknown>, random: RandomStream): void {
  const places = placesIn(root);
  const { parent, key } = random.pick(places);
  const value = get(parent, key);
  switch (random.integer(9)) {
    case 0:
      return set(parent, key, structuredClone(random.pick(ODD)));
    case 1:
      return Array.isArray(parent) ? void parent.splice(Number(key), 1) : remove(parent, key, root);
    case 2:
      return set(parent, key, structuredClone(get(...placeOf(random.pick(places)))));
    case 3:
      return set(parent, random.pick(KEYS), structuredClone(value));
    case 4:
      return set(parent, key, [structuredClone(value)]);
    case 5:
      return set(parent, key, nested(value, 1 + random.integer(random.next() < 0.05 ? 20_000 : 8)));
    case 6:
      return set(parent, key, longer(value, random));
    default:
      return set(parent, key, near(value, random));
  }
}

/**
 * A copy of a JSON value with one change, deep inside where it can be, that leaves the rest as it is: a number at an edge, another type,
 * another key, a part lost or doubled, one length that no longer agrees with others.
 */
export function changeOnce(value: unknown, random: RandomStream): unknown {
  const root: Record<string, unknown> = { root: structuredClone(value) };
  let parent: Place['parent'] = root;
  let key = 'root';
  // A step at a time, so that a place among few is hit as often as one of a long list.
  for (;;) {
    const inner = get(parent, key);
    const keys = typeof inner === 'object' && inner !== null ? Object.keys(inner) : [];
    if (keys.length === 0 || (parent !== root && random.next() < 0.15)) break;
    parent = inner as Place['parent'];
    key = random.pick(keys);
  }
  changeAt(parent, key, root, random);
  return root['root'];
}

/** Numbers at which programs change their mind. */
const EDGES = [
  ...[
    0,
    -0,
    1,
    -1,
    2,
    0.5,
    1e-9,
    255,
    256,
    65_535,
    65_536,
    2 ** 24,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
  ],
  ...[1e15, 1e21, 1e308, -1e308, 5e-324],
];

function changeAt(parent: Place['parent'], key: string, root: object, random: RandomStream): void {
  const value = get(parent, key);
  switch (random.integer(6)) {
    case 0:
      return Array.isArray(parent) ? void parent.splice(Number(key), 1) : remove(parent, key, root);
    case 1:
      if (Array.isArray(parent)) return void parent.splice(Number(key), 0, structuredClone(value));
      return set(parent, random.pick(KEYS), structuredClone(value));
    case 2:
      return set(parent, key, structuredClone(random.pick(ODD)));
    default:
      break;
  }
  if (typeof value === 'number') {
    return set(parent, key, random.pick([random.pick(EDGES), value + 1, value - 1, 2 * value, value / 2, -value]));
  }
  if (Array.isArray(value)) return set(parent, key, random.pick([value.slice(1), [...value, ...value.slice(-1)], []]));
  set(parent, key, near(value, random));
}

function placeOf({ parent, key }: Place): [Place['parent'], string] {
  return [parent, key];
}

function get(parent: Place['parent'], key: string): unknown {
  return Array.isArray(parent) ? parent[Number(key)] : parent[key];
}

function set(parent: Place['parent'], key: string, value: unknown): void {
  if (Array.isArray(parent)) parent[Number.isInteger(Number(key)) ? Number(key) : parent.length] = value;
  // Also where the key is `__proto__`, as JSON.parse does.
  else Object.defineProperty(parent, key, { value, configurable: true, enumerable: true, writable: true });
}

function remove(parent: Record<string, unknown>, key: string, root: object): void {
  if (parent !== root) Reflect.deleteProperty(parent, key);
}

function placesIn(root: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const open: Place['parent'][] = [root];
  for (let parent = open.pop(); parent !== undefined && places.length < 10_000; parent = open.pop()) {
    for (const key of Object.keys(parent)) {
      places.push({ parent, key });
      const value = get(parent, key);
      if (typeof value === 'object' && value !== null) open.push(value as Place['parent']);
    }
  }
  return places;
}

/** A value like it, but off. */
function near(value: unknown, random: RandomStream): unknown {
  if (typeof value === 'number') {
    return random.pick([-value, value + 1, value - 1, value * 10, value / 10, value * 1e6, value + 0.5, `${value}`, 0]);
  }
  if (typeof value === 'string') return mutateText(value, random, 1);
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return value.toReversed();
  return value;
}

function longer(value: unknown, random: RandomStream): unknown {
  const times = random.pick([2, 10, 300]);
  if (Array.isArray(value)) return Array.from({ length: times }, () => value as unknown[]).flat();
  if (typeof value === 'string') return value.repeat(times).slice(0, 100_000);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [, sample] = entries[0] ?? ['', null];
  return Object.fromEntries([...entries, ...Array.from({ length: times }, (_, i) => [`more${i}`, sample] as const)]);
}

function nested(value: unknown, levels: number): unknown {
  let inner = value;
  for (let level = 0; level < levels; level++) inner = level % 2 === 0 ? { a: inner } : [inner];
  return inner;
}

/** JSON of any value: one that is nested too deeply for the language's own writer is cut off. */
export function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, null, 1);
  } catch {
    return '['.repeat(50_000);
  }
}

/** Changed letters, lost, doubled and swapped pieces. */
export function mutateText(text: string, random: RandomStream, changes = 1 + random.integer(4)): string {
  return mutateBytes(Buffer.from(text), random, changes).toString();
}

/** Flipped bits, lost, doubled, zeroed and swapped pieces, odd numbers. */
export function mutateBytes(bytes: Buffer, random: RandomStream, changes = 1 + random.integer(4)): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let change = 0; change < changes; change++) changed = mutateBytesOnce(changed, random);
  return changed;
}

function mutateBytesOnce(bytes: Buffer, random: RandomStream): Buffer {
  const at = random.integer(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.integer(random.pick([1, 8, 64, 4096])));
  const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  switch (random.integer(9)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, piece, piece, after]);
    case 2:
      return Buffer.concat([before, Buffer.alloc(piece.length), after]);
    case 3:
      return Buffer.concat([before, Buffer.alloc(piece.length, 255), after]);
    case 4:
      return Buffer.from(before);
    case 5:
      return Buffer.concat([after, piece, before]);
    case 6:
      return Buffer.concat([before, Buffer.from(jsonOf(random.pick(ODD)).slice(0, 50)), after]);
    default: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = copy[at]! ^ (1 << random.integer(8));
      return copy;
    }
  }
}
