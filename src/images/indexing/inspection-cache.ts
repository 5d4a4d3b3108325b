// Opens each image once, to find whether it can be decoded, and what it contains. Remembers that for unchanged files.
import { THUMBNAIL } from './look-alikes.js';
import { shortHex } from './image-index.js';
import { openImage, readImage, reasonOf } from '../pixels.js';
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../study/errors.js';
import { writeAtomically } from '../../system/atomic-file.js';

/** Increased when the content of an inspection, or the way to make it, changes. */
const VERSION = 2;

interface Remembered {
  /** Size and time of last change of the inspected file. */
  readonly stamp: string;
  readonly inspection: Inspection;
}

/** Inspections by path, in a JSON file where one is named. A missing or damaged file is an empty cache. */
export class InspectionCache {
  private readonly used = new Map<string, Remembered>();

  private constructor(
    private readonly file: string | undefined,
    private readonly known: ReadonlyMap<string, Remembered>,
  ) {}

  static async open(file: string | undefined): Promise<InspectionCache> {
    return new InspectionCache(file, file === undefined ? new Map() : await load(file));
  }

  /** The inspection of the file, from the cache or made now. */
  async inspect(path: string): Promise<Inspection> {
    const stamp = await stampOf(path);
    const known = this.known.get(path);
    const inspection = known !== undefined && known.stamp === stamp ? known.inspection : await inspect(path);
    this.used.set(path, { stamp, inspection });
    return inspection;
  }

  /**
   * Writes the inspections that were asked for since `open`, if any is new.
   * @returns a warning where they cannot be written: the next indexing takes as long as this one.
   */
  async save(): Promise<string | undefined> {
    if (this.file === undefined || this.isUnchanged()) return undefined;
    try {
      await mkdir(dirname(this.file), { recursive: true });
      const text = JSON.stringify({ version: VERSION, files: [...this.used] });
      await writeAtomically(this.file, [Buffer.from(text)], { durable: false });
      return undefined;
    } catch (error) {
      return `the facts about the images could not be cached for the next run: ${messageOf(error)}`;
    }
  }

  private isUnchanged(): boolean {
    const isOld = ([path, { stamp }]: [string, Remembered]): boolean => this.known.get(path)?.stamp === stamp;
    return this.used.size === this.known.size && [...this.used].every(isOld);
  }
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
    const content = JSON.parse(await readFile(file, 'utf8')) as { version: number; files: [string, Remembered][] };
    return new Map(content.version === VERSION ? content.files : []);
  } catch {
    return new Map();
  }
}

/** What a file contains. */
export type Inspection =
  | {
      readonly readable: true;
      readonly digest: string;
      /** Luminance, uint8, row by row, base64. */
      readonly thumbnail: string;
    }
  | { readonly readable: false; readonly reason: string };

/** Reads and decodes the whole file, at a small scale where the format allows. Never rejects because of the file. */
export async function inspect(path: string): Promise<Inspection> {
  try {
    const bytes = await readImage(path);
    if (bytes.length === 0) return { readable: false, reason: 'empty file' };
    const { width, height } = THUMBNAIL;
    const thumbnail = await (
      await openImage(bytes)
    )
      .greyscale()
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .raw({ depth: 'uchar' })
      .toBuffer();
    const digest = shortHex(createHash('sha256').update(bytes).digest('hex'));
    return { readable: true, digest, thumbnail: thumbnail.toString('base64') };
  } catch (error) {
    return { readable: false, reason: reasonOf(error) };
  }
}
