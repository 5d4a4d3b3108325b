// Who is computing a chunk: a file that names its process, so that others do something else, and take over when it is gone.
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { nameBeside } from '../system/atomic-file.js';
import { type ProcessIdentity, identityOf, mayBeAlive } from '../system/process-identity.js';

/** Milliseconds without a sign of life after which a claim counts as abandoned: a thread may die while its process lives. */
const PATIENCE = 20_000;

/** Milliseconds between two signs of life. */
const PULSE = 2000;

/**
 * The right to compute a chunk. Claims save work and nothing more: two writers of one chunk write the same bytes, each by a rename, so a
 * claim that is taken over too early does no harm.
 */
export class ChunkClaim {
  private renewedAt = performance.now();

  private constructor(private readonly path: string) {}

  /** Undefined while another live thread, of this process or another, is at it. */
  static async of(file: string): Promise<ChunkClaim | undefined> {
    const path = `${file}.claim`;
    if (await place(path)) return new ChunkClaim(path);
    if (await isHeld(path)) return undefined;
    await rm(path, { force: true });
    return (await place(path)) ? new ChunkClaim(path) : undefined;
  }

  /** Tells others that the work goes on. To be called often: it costs nothing most of the time. */
  async renew(): Promise<void> {
    if (performance.now() - this.renewedAt < PULSE) return;
    this.renewedAt = performance.now();
    const now = new Date();
    await utimes(this.path, now, now).catch(() => undefined);
  }

  async release(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** Puts the claim there whole or not at all; false where there is one already. */
async function place(path: string): Promise<boolean> {
  const beside = nameBeside(path);
  await writeFile(beside, JSON.stringify(identityOf()));
  try {
    await link(beside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
}

async function isHeld(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    const holder = JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity;
    return mayBeAlive(holder) && Date.now() - mtimeMs < PATIENCE;
  } catch {
    return false;
  }
}
