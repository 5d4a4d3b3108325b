// The folder of the feature cache: files named by digest, within a budget of bytes.
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChunkAbout, ChunkReader } from './chunk-file.js';

const SUFFIX = '.features';

/** Bytes written before the folder is looked through again. */
const CHECK_EVERY = 64 * 2 ** 20;

/** Milliseconds after which a claim or a half-written file belongs to nobody any more. */
const LITTER_AGE = 3_600_000;

interface CachedFile {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
}

export class FeatureFolder {
  private unchecked = Infinity;

  /** @param budget bytes that all files may take together. */
  constructor(
    private readonly root: string,
    readonly budget: number,
  ) {}

  /** Creates the folder for the file of this digest (hexadecimal), and returns the file's path. */
  async prepare(digest: string): Promise<string> {
    const path = this.path(digest);
    await mkdir(join(path, '..'), { recursive: true });
    return path;
  }

  path(digest: string): string {
    return join(this.root, digest.slice(0, 2), `${digest}${SUFFIX}`);
  }

  /** Marks a file as used, so that others are removed first. */
  async touch(path: string): Promise<void> {
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
  }

  /** Tells of new bytes. When they may exceed the budget, removes the least recently used files. */
  async wrote(bytes: number): Promise<void> {
    this.unchecked += bytes;
    if (this.unchecked < Math.min(CHECK_EVERY, this.budget / 8)) return;
    this.unchecked = 0;
    await this.removeLitter();
    await this.shrinkTo(this.budget);
  }

  /** Removes what killed writers left behind. */
  private async removeLitter(): Promise<void> {
    const names = await readdir(this.root, { recursive: true }).catch(() => []);
    for (const name of names.filter((one) => !one.endsWith(SUFFIX) && one.includes(SUFFIX))) {
      const path = join(this.root, name);
      const entry = await stat(path).catch(() => undefined);
      if (entry !== undefined && Date.now() - entry.mtimeMs > LITTER_AGE) await rm(path, { force: true });
    }
  }

  /**
   * Removes files, least recently used first, until the rest take at most so many bytes.
   * @param mayGo which files to consider; default all. @returns what was removed.
   */
  async shrinkTo(
    budget: number,
    mayGo: (path: string) => boolean | Promise<boolean> = () => true,
  ): Promise<{ readonly files: number; readonly bytes: number }> {
    const files: CachedFile[] = [];
    for (const file of await this.list()) if (await mayGo(file.path)) files.push(file);
    files.sort((a, b) => a.usedAt - b.usedAt);
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const removed = { files: 0, bytes: 0 };
    for (const { path, bytes } of files) {
      if (total <= budget) break;
      await rm(path, { force: true });
      total -= bytes;
      removed.files++;
      removed.bytes += bytes;
    }
    return removed;
  }

  /** Every cached file. */
  async list(): Promise<CachedFile[]> {
    const names = await readdir(this.root, { recursive: true }).catch(() => []);
    const found: CachedFile[] = [];
    for (const name of names.filter((one) => one.endsWith(SUFFIX))) {
      const path = join(this.root, name);
      const entry = await stat(path).catch(() => undefined);
      if (entry !== undefined) found.push({ path, bytes: entry.size, usedAt: entry.mtimeMs });
    }
    return found;
  }
}

/** The cached features of one study, network and cut. */
export interface CachedFeatureGroup {
  /** Missing for files of another version and damaged files: nothing reads them any more. */
  readonly about: Pick<ChunkAbout, 'study' | 'network' | 'cut'> | undefined;
  readonly files: number;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
}

/** What is in a folder, the largest group first. */
export async function summarise(folder: FeatureFolder): Promise<CachedFeatureGroup[]> {
  const groups = new Map<string, CachedFeatureGroup>();
  for (const { path, bytes, usedAt } of await folder.list()) {
    const found = await ChunkReader.about(path);
    const about = found === undefined ? undefined : { study: found.study, network: found.network, cut: found.cut };
    const key = JSON.stringify(about);
    const known = groups.get(key) ?? { about, files: 0, bytes: 0, usedAt: 0 };
    groups.set(key, {
      about,
      files: known.files + 1,
      bytes: known.bytes + bytes,
      usedAt: Math.max(known.usedAt, usedAt),
    });
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}
