// Remembers inspections of files that have not changed, so that indexing a known folder again takes no decoding.
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../study/errors.js';
import { writeAtomically } from '../../system/atomic-file.js';
import { type Inspection, inspect } from './inspect.js';

/** Raised when what an inspection holds or how it is made changes. */
const VERSION = 1;

interface Remembered {
  /** Size and time of last change of the inspected file. */
  readonly stamp: string;
  readonly inspection: Inspection;
}

/** Inspections by path. Kept in a JSON file where one is named; a missing or damaged file is an empty cache. */
export class InspectionCache {
  private readonly used = new Map<string, Remembered>();

  private constructor(
    private readonly file: string | undefined,
    private readonly known: ReadonlyMap<string, Remembered>,
  ) {}

  static async open(file: string | undefined): Promise<InspectionCache> {
    return new InspectionCache(file, file === undefined ? new Map() : await load(file));
  }

  /** The inspection of the file, remembered or made now. */
  async inspect(path: string): Promise<Inspection> {
    const stamp = await stampOf(path);
    const known = this.known.get(path);
    const inspection = known !== undefined && known.stamp === stamp ? known.inspection : await inspect(path);
    this.used.set(path, { stamp, inspection });
    return inspection;
  }

  /**
   * Writes what was asked for since `open`; nothing where nothing is new.
   * @returns a warning where it cannot be written: the next indexing will take as long as this one.
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
