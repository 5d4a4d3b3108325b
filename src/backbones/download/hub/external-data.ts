// Which files an ONNX file keeps its weights in, when it does not hold them itself.
import { posix } from 'node:path';
import { HpoError, messageOf } from '../../../study/errors.js';
import { readRegularFile } from '../../../system/regular-file.js';

/** What Node reads in one piece; protobuf allows no more either. */
const MAX_BYTES = 2 ** 31 - 1;
/** Graphs inside graphs (the branches of If) deeper than this are no network. */
const MAX_DEPTH = 16;

/** Where a message keeps what is looked for: by field number (onnx.proto of ONNX 1.18). */
const FIELDS = {
  model: { 7: 'graph' },
  graph: { 1: 'node', 5: 'tensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph' },
  tensor: { 13: 'entry' },
} as const satisfies Record<string, Readonly<Record<number, string>>>;

type Message = keyof typeof FIELDS;

/**
 * Paths of external data, relative to the folder of the model, without repetition.
 * @throws HpoError ERR_WEIGHTS where the file is no ONNX file, or a path leads out of its folder.
 */
export async function externalDataOf(file: string): Promise<string[]> {
  const bytes = await readRegularFile(file, MAX_BYTES).catch((cause: unknown) => {
    throw new HpoError('ERR_WEIGHTS', `expected an ONNX file, got ${messageOf(cause)} at ${file}`, { cause });
  });
  const { default: protobuf } = await import('protobufjs/minimal.js');
  const found = new Set<string>();
  try {
    walk(protobuf.Reader.create(bytes), bytes.length, 'model', found, 0);
  } catch (cause) {
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected an ONNX file, got one that cannot be read (${messageOf(cause)}) at ${file}`,
      { cause },
    );
  }
  for (const path of found) {
    const isInside = path !== '' && !posix.isAbsolute(path) && !/[\\:]/.test(path) && !path.split('/').includes('..');
    if (isInside) continue;
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected external data in the folder of the model, got ${JSON.stringify(path)} at ${file}`,
    );
  }
  return [...found];
}

interface Reader {
  pos: number;
  uint32(): number;
  skipType(wireType: number): unknown;
  string(): string;
}

function walk(reader: Reader, end: number, message: Message, found: Set<string>, depth: number): void {
  if (depth > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} messages deep`);
  const fields: Readonly<Record<number, string>> = FIELDS[message];
  while (reader.pos < end) {
    const tag = reader.uint32();
    const inner = fields[tag >>> 3];
    if (inner === undefined || (tag & 7) !== 2) {
      reader.skipType(tag & 7);
      continue;
    }
    const length = reader.uint32();
    const stop = reader.pos + length;
    if (stop > end) throw new Error('a message ends behind what holds it');
    if (inner === 'entry') readEntry(reader, stop, found);
    else if (isMessage(inner)) walk(reader, stop, inner, found, depth + 1);
  }
}

function isMessage(name: string): name is Message {
  return Object.hasOwn(FIELDS, name);
}

/** A key with its value: of external data `location` is a path. */
function readEntry(reader: Reader, end: number, found: Set<string>): void {
  const entry = new Map<number, string>();
  while (reader.pos < end) {
    const tag = reader.uint32();
    if ((tag & 7) === 2) entry.set(tag >>> 3, reader.string());
    else reader.skipType(tag & 7);
  }
  if (entry.get(1) === 'location') found.add(entry.get(2) ?? '');
}
