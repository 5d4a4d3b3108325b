// Opens each image once, to find whether it can be decoded, and what it contains. Remembers that for unchanged files.
import type { Sharp } from 'sharp';
import { type LikenessRule, NEWEST_RULE, THUMBNAIL } from './look-alikes.js';
import { type Taken, takenOf } from '../exif.js';
import { shortHex } from './image-index.js';
import { openImage, readImage, reasonOf } from '../pixels.js';
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { messageOf } from '../../study/errors.js';
import { writeAtomically } from '../../system/atomic-file.js';
import { openRegularFile, readRange } from '../../system/regular-file.js';

/** Increased when the content of an inspection, or the way to make it, changes. */
const VERSION = 6;
const HEADER = `{"version":${VERSION}}\n`;
/** Lines of the cache file that are written at once. */
const LINES_AT_ONCE = 1000;

const takenSchema = z.object({ camera: z.string(), isOneDevice: z.boolean(), second: z.exactOptional(z.number()) });

/** A line of the cache file: path, size and time of last change, and what was found. */
const lineSchema = z.union([
  z.tuple([z.string(), z.string(), z.string(), z.string(), takenSchema]),
  z.tuple([z.string(), z.string(), z.string(), z.string()]),
  z.tuple([z.string(), z.string(), z.string()]),
]);

interface Remembered {
  /** Size and time of last change of the inspected file. */
  readonly stamp: string;
  readonly inspection: Inspection;
}

/** Inspections by path, in a file with a JSON value a line where one is named. A missing or damaged file is an empty cache. */
export class InspectionCache {
  private readonly used = new Map<string, Remembered>();

  private constructor(
    private readonly rule: LikenessRule,
    private readonly file: string | undefined,
    private readonly known: ReadonlyMap<string, Remembered>,
  ) {}

  /** @param rule of the thumbnails; a file holds those of one. */
  static async open(file: string | undefined, rule: LikenessRule = NEWEST_RULE): Promise<InspectionCache> {
    return new InspectionCache(rule, file, file === undefined ? new Map() : await load(file));
  }

  /** The inspection of the file, from the cache or made now. */
  async inspect(path: string): Promise<Inspection> {
    const stamp = await stampOf(path);
    const known = this.known.get(path);
    const remembered =
      known !== undefined && known.stamp === stamp ? known : { stamp, inspection: await inspect(path, this.rule) };
    this.used.set(path, remembered);
    return remembered.inspection;
  }

  /**
   * Writes the inspections that were asked for since `open`, if any is new.
   * @param isComplete whether all were asked for. Where the work was stopped before, those that the file had are kept as well.
   * @returns a warning where they cannot be written: the next indexing takes as long as this one.
   */
  async save({ isComplete = true }: { readonly isComplete?: boolean } = {}): Promise<string | undefined> {
    const kept = isComplete ? this.used : new Map([...this.known, ...this.used]);
    if (this.file === undefined || this.isKnown(kept)) return undefined;
    try {
      await mkdir(dirname(this.file), { recursive: true });
      await writeAtomically(this.file, linesOf(kept), { durable: false });
      return undefined;
    } catch (error) {
      return `the facts about the images could not be cached for the next run: ${messageOf(error)}`;
    }
  }

  private isKnown(kept: ReadonlyMap<string, Remembered>): boolean {
    if (kept.size !== this.known.size) return false;
    for (const [path, { stamp }] of kept) if (this.known.get(path)?.stamp !== stamp) return false;
    return true;
  }
}

function* linesOf(used: ReadonlyMap<string, Remembered>): Generator<Uint8Array> {
  yield Buffer.from(HEADER);
  let lines: string[] = [];
  for (const [path, { stamp, inspection }] of used) {
    const found = inspection.readable
      ? [inspection.digest, inspection.thumbnail, ...(inspection.taken === undefined ? [] : [inspection.taken])]
      : [inspection.reason];
    lines.push(`${JSON.stringify([path, stamp, ...found])}\n`);
    if (lines.length < LINES_AT_ONCE) continue;
    yield Buffer.from(lines.join(''));
    lines = [];
  }
  yield Buffer.from(lines.join(''));
}

async function stampOf(path: string): Promise<string> {
  try {
    const { size, ctimeMs } = await stat(path);
    return `${size}/${ctimeMs}`;
  } catch {
    return 'missing';
  }
}

async function load(file: string): Promise<Map<string, Remembered>> {
  try {
    const { handle } = await openRegularFile(file, Infinity);
    try {
      return await loadFrom(handle);
    } finally {
      await handle.close();
    }
  } catch {
    return new Map();
  }
}

async function loadFrom(handle: FileHandle): Promise<Map<string, Remembered>> {
  const found = new Map<string, Remembered>();
  if (!(await isOfThisVersion(handle))) return found;
  const input = handle.createReadStream({ start: HEADER.length, autoClose: false });
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    const [path, stamp, first, thumbnail, taken] = lineSchema.parse(JSON.parse(text));
    const inspection: Inspection =
      thumbnail === undefined
        ? { readable: false, reason: first }
        : { readable: true, digest: first, thumbnail, ...(taken === undefined ? {} : { taken }) };
    found.set(path, { stamp, inspection });
  }
  return found;
}

async function isOfThisVersion(handle: FileHandle): Promise<boolean> {
  return (await readRange(handle, 0, HEADER.length)).toString('utf8') === HEADER;
}

/** What a file contains. */
export type Inspection =
  | {
      readonly readable: true;
      readonly digest: string;
      /** Luminance, uint8, row by row, base64. */
      readonly thumbnail: string;
      readonly taken?: Taken;
    }
  | { readonly readable: false; readonly reason: string };

/** Why a path that names nothing is no image. */
export const NO_SUCH_FILE = 'no such file';

/** Reads and decodes the whole file, at a small scale where the format allows. Never rejects because of the file. */
export async function inspect(path: string, rule: LikenessRule = NEWEST_RULE): Promise<Inspection> {
  try {
    const bytes = await readImage(path);
    if (bytes.length === 0) return { readable: false, reason: 'empty file' };
    const image = await openImage(bytes);
    const taken = await takenOf(bytes, image);
    const thumbnail = await thumbnailOf(image, rule);
    const digest = shortHex(createHash('sha256').update(bytes).digest('hex'));
    return {
      readable: true,
      digest,
      thumbnail: thumbnail.toString('base64'),
      ...(taken === undefined ? {} : { taken }),
    };
  } catch (error) {
    return { readable: false, reason: reasonWithout(path, error) };
  }
}

/** A thumbnail's pixel is the mean of so many pixels by as many: formats that decode at a small scale cut the margins off at a smaller one. */
const SUPERSAMPLING = 8;

/** Luminance, row by row. */
async function thumbnailOf(image: Sharp, rule: LikenessRule): Promise<Buffer> {
  const { width, height } = THUMBNAIL;
  const scale = rule === 1 ? 1 : SUPERSAMPLING;
  const pixels = await image
    .greyscale()
    .resize(width * scale, height * scale, { fit: 'fill', kernel: 'cubic' })
    .raw({ depth: 'uchar' })
    .toBuffer();
  if (scale === 1) return pixels;
  const sums = new Uint32Array(width * height);
  for (const [i, level] of pixels.entries()) {
    const [x, y] = [i % (width * scale), Math.floor(i / (width * scale))];
    sums[Math.floor(y / scale) * width + Math.floor(x / scale)]! += level;
  }
  return Buffer.from(sums.map((sum) => Math.round(sum / scale ** 2)));
}

/** The reason without the path, so that files with the same reason are listed together. */
function reasonWithout(path: string, error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return NO_SUCH_FILE;
  return reasonOf(error).replace(`: ${path}`, '');
}
