// Counts what a model file holds before it is decoded: a few bytes of a file can become a large object in memory.
import protobuf from 'protobufjs/light.js';
import { HpoError } from '../study/errors.js';

/** Fields of all messages: an object or a text each. Networks have some hundred thousand. */
const MOST_FIELDS = 2 ** 22;

/** Numbers in lists of 64 bits, each an object of its own when decoded. */
const MOST_INTEGERS = 2 ** 23;

/** Other numbers in lists. Weights usually are raw bytes, which stay as they are. */
const MOST_NUMBERS = 2 ** 27;

/** What a field holds: a message, or a list of numbers with its least bytes for one; see `proto.ts`. */
type Content = Message | 'port' | { readonly integers: number } | { readonly numbers: number };
type Message = 'model' | 'graph' | 'function' | 'node' | 'attribute' | 'tensor';

const INTEGERS = { integers: 1 };

const FIELDS: Readonly<Record<Message, Readonly<Record<number, Content>>>> = {
  model: { 7: 'graph', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 11: 'port', 12: 'port' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 7: { numbers: 4 }, 8: INTEGERS },
  tensor: { 1: INTEGERS, 4: { numbers: 4 }, 5: { numbers: 1 }, 7: INTEGERS, 10: { numbers: 8 }, 11: INTEGERS },
};

interface Counts {
  fields: number;
  integers: number;
  numbers: number;
}

/** Throws ERR_WEIGHTS where the file holds more than a network; what protobuf throws where it is no message. */
export function checkCounts(bytes: Uint8Array, place: string): void {
  const counts: Counts = { fields: 0, integers: 0, numbers: 0 };
  walk(protobuf.Reader.create(bytes), bytes.length, 'model', counts, place);
}

function walk(reader: protobuf.Reader, end: number, message: Message, counts: Counts, place: string): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    counts.fields++;
    const content = FIELDS[message][tag >>> 3];
    if (content === undefined || (tag & 7) !== 2) reader.skipType(tag & 7);
    else {
      const length = reader.uint32();
      const stop = reader.pos + length;
      if (stop > end) throw new Error('a message that ends behind what holds it');
      if (content === 'port') counts.fields += length / 2;
      else if (typeof content === 'string') walk(reader, stop, content, counts, place);
      else if ('integers' in content) counts.integers += length / content.integers;
      else counts.numbers += length / content.numbers;
      reader.pos = stop;
    }
    check(counts, place);
  }
}

function check({ fields, integers, numbers }: Counts, place: string): void {
  if (fields <= MOST_FIELDS && integers <= MOST_INTEGERS && numbers <= MOST_NUMBERS) return;
  const expected = `${MOST_FIELDS} fields, ${MOST_INTEGERS} integers and ${MOST_NUMBERS} other numbers in lists`;
  throw new HpoError('ERR_WEIGHTS', `expected an ONNX model of at most ${expected}, got more at ${place}`);
}
