// Reads a text file in blocks of whole lines, so that a file of any size takes little memory. UTF-8, or UTF-16 with its mark.
import { isUtf8 } from 'node:buffer';
import { type HpoError, messageOf } from '../../study/errors.js';
import { openRegularFile } from '../../system/regular-file.js';
import { MAX_LINE, type TablePlace } from './table-reader.js';

const BLOCK_BYTES = 1 << 18;

export interface TextBlock {
  /** Whole lines, with their ends. */
  readonly text: string;
  /** Of the block's first line, counted from 1. */
  readonly line: number;
}

/**
 * The text of the file without a byte order mark.
 * @throws HpoError ERR_DATA where it cannot be read, or is no text: with line and column.
 */
export async function* textBlocks(place: TablePlace): AsyncGenerator<TextBlock> {
  const { handle } = await openRegularFile(place.file, Infinity).catch((error: unknown) => {
    throw place.error(`expected a readable table, got ${messageOf(error)}`, undefined, undefined, error);
  });
  try {
    const decoder = new LineDecoder(place);
    const buffer = Buffer.alloc(BLOCK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, BLOCK_BYTES);
      const block = decoder.add(buffer.subarray(0, bytesRead), bytesRead === 0);
      if (block !== undefined) yield block;
      if (bytesRead === 0) return;
    }
  } finally {
    await handle.close();
  }
}

/** Cuts bytes into whole lines and decodes them. */
class LineDecoder {
  private line = 1;
  private rest = Buffer.alloc(0);
  private encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | undefined;

  constructor(private readonly place: TablePlace) {}

  /** The lines that are complete now; with `isLast` everything that is left. */
  add(bytes: Buffer, isLast: boolean): TextBlock | undefined {
    let all = Buffer.concat([this.rest, bytes]);
    if (this.encoding === undefined && all.length > 0) {
      this.encoding = encodingOf(all);
      all = all.subarray(this.encoding === 'utf-8' ? (isMarked(all) ? 3 : 0) : 2);
    }
    const end = isLast ? all.length : this.endOfLines(all);
    this.rest = Buffer.from(all.subarray(end));
    const { line, place } = this;
    if (this.rest.length > MAX_LINE) throw place.error(`expected lines of at most ${MAX_LINE} bytes, got more`, line);
    if (end === 0) return undefined;
    const text = this.decode(all.subarray(0, end));
    this.line += count(text, '\n');
    return { text, line };
  }

  /** After the last line feed. */
  private endOfLines(bytes: Buffer): number {
    if (this.encoding !== 'utf-16le' && this.encoding !== 'utf-16be') return bytes.lastIndexOf(10) + 1;
    const feed = this.encoding === 'utf-16le' ? [10, 0] : [0, 10];
    for (let at = bytes.length - (bytes.length % 2) - 2; at >= 0; at -= 2) {
      if (bytes[at] === feed[0] && bytes[at + 1] === feed[1]) return at + 2;
    }
    return 0;
  }

  private decode(bytes: Buffer): string {
    if (this.encoding !== undefined && this.encoding !== 'utf-8') {
      try {
        return new TextDecoder(this.encoding, { fatal: true }).decode(bytes);
      } catch (error) {
        throw this.place.error(`expected text in UTF-16, as its first bytes say, got others`, this.line, 1, error);
      }
    }
    if (!isUtf8(bytes)) throw this.encodingError(bytes);
    const text = bytes.toString('utf8');
    const zero = text.indexOf('\0');
    if (zero < 0) return text;
    const [line, column] = this.placeIn(text, zero);
    throw this.place.error('expected text, got a zero byte: is it a table, and saved as UTF-8?', line, column);
  }

  private encodingError(bytes: Buffer): HpoError {
    // Every invalid byte becomes U+FFFD; the first that stands in no valid line is the place.
    let from = 0;
    while (isUtf8(bytes.subarray(from, lineEnd(bytes, from)))) from = lineEnd(bytes, from);
    const before = count(bytes.subarray(0, from).toString('latin1'), '\n');
    const text = bytes.subarray(from, lineEnd(bytes, from)).toString('utf8');
    const expected = 'expected text in UTF-8, got bytes of another encoding: save the table as UTF-8';
    return this.place.error(expected, this.line + before, text.indexOf('\uFFFD') + 1);
  }

  private placeIn(text: string, at: number): [line: number, column: number] {
    const before = text.slice(0, at);
    return [this.line + count(before, '\n'), at - before.lastIndexOf('\n')];
  }
}

function encodingOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

function isMarked(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function lineEnd(bytes: Buffer, from: number): number {
  const feed = bytes.indexOf(10, from);
  return feed < 0 ? bytes.length : feed + 1;
}

/** How often a character stands in a text. */
export function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found++;
  return found;
}
