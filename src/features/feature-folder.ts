// The folder of kept features: files by the digest of what they are of, within a budget of bytes.
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

const SUFFIX = '.features';

/** Bytes written before the folder is looked through again. */
const CHECK_EVERY = 64 * 2 ** 20;

/** Milliseconds after which a claim or a half-written file belongs to nobody. */
const LITTER_AGE = 3_600_000;

interface KeptFile {
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

  /** Where the features of this digest (hexadecimal) are or would be. Its folder exists afterwards. */
  async prepare(digest: string): Promise<string> {
    const path = this.path(digest);
    await mkdir(join(path, '..'), { recursive: true });
    return path;
  }

  path(digest: string): string {
    return join(this.root, digest.slice(0, 2), `${digest}${SUFFIX}`);
  }

  /** Marks a file as used, so that others go first. */
  async touch(path: string): Promise<void> {
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
  }

  /** Makes room, by removing what was not used for longest, where what was written lately may have outgrown the budget. */
  async wrote(bytes: number): Promise<void> {
    this.unchecked += bytes;
    if (this.unchecked < Math.min(CHECK_EVERY, this.budget / 8)) return;
    this.unchecked = 0;
    await this.removeLitter();
    await this.shrinkTo(this.budget);
  }

  /** What writers that were killed left behind. */
  private async removeLitter(): Promise<void> {
    const names = await readdir(this.root, { recursive: true }).catch(() => []);
    for (const name of names.filter((one) => !one.endsWith(SUFFIX) && one.includes(SUFFIX))) {
      const path = join(this.root, name);
      const entry = await stat(path).catch(() => undefined);
      if (entry !== undefined && Date.now() - entry.mtimeMs > LITTER_AGE) await rm(path, { force: true });
    }
  }

  /**
   * Removes files, least recently used first, until the rest take at most so many bytes; returns what was removed.
   * @param mayGo of a path; files that may not are left alone and count toward nothing.
   */
  async shrinkTo(
    budget: number,
    mayGo: (path: string) => boolean | Promise<boolean> = () => true,
  ): Promise<{ readonly files: number; readonly bytes: number }> {
    const files: KeptFile[] = [];
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

  /** Every kept file. */
  async list(): Promise<KeptFile[]> {
    const names = await readdir(this.root, { recursive: true }).catch(() => []);
    const found: KeptFile[] = [];
    for (const name of names.filter((one) => one.endsWith(SUFFIX))) {
      const path = join(this.root, name);
      const entry = await stat(path).catch(() => undefined);
      if (entry !== undefined) found.push({ path, bytes: entry.size, usedAt: entry.mtimeMs });
    }
    return found;
  }
}
