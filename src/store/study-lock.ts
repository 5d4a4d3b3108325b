// One writer per study: a lock file that names its process and is taken over once that process is gone.
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { HpoError, messageOf } from '../study/errors.js';
import { type ProcessIdentity, identityOf, mayBeAlive } from '../system/process-identity.js';

/** What a lock file says: who took it, and a token that tells this taking from every other. */
interface Claim {
  readonly token: string;
  /** Missing where a power cut left the file empty: such a lock has no owner any more. */
  readonly owner?: ProcessIdentity;
}

const claimSchema: z.ZodType<Claim> = z.object({
  token: z.string(),
  owner: z.object({ pid: z.int().min(1), host: z.string(), started: z.exactOptional(z.string()) }),
});

const held = new Set<StudyLock>();

/** A lock that is held until `release`, or until the process ends. */
export class StudyLock {
  private constructor(
    readonly path: string,
    private readonly token: string,
    /** Whether the last one to hold it ended without letting go: killed, crashed, or with the whole machine. */
    readonly wasLeftBehind: boolean,
  ) {
    if (held.size === 0) process.once('exit', releaseAll);
    held.add(this);
  }

  /** @throws HpoError ERR_STUDY_LOCKED, naming the process that has it; ERR_STORE where no file can be made. */
  static acquire(path: string): StudyLock {
    const claim: Claim = { token: randomBytes(6).toString('hex'), owner: identityOf() };
    let wasLeftBehind: boolean;
    try {
      mkdirSync(dirname(path), { recursive: true });
      wasLeftBehind = take(path, claim);
    } catch (error) {
      if (error instanceof HpoError) throw error;
      throw new HpoError('ERR_STORE', `could not lock ${path}: ${messageOf(error)}`, { cause: error });
    }
    return new StudyLock(path, claim.token, wasLeftBehind);
  }

  /** Who holds the lock and may be alive, if anyone. */
  static holder(path: string): ProcessIdentity | undefined {
    const owner = read(path)?.owner;
    return owner !== undefined && mayBeAlive(owner) ? owner : undefined;
  }

  release(): void {
    held.delete(this);
    if (held.size === 0) process.removeListener('exit', releaseAll);
    if (read(this.path)?.token === this.token) rmSync(this.path, { force: true });
  }
}

function releaseAll(): void {
  for (const lock of held) lock.release();
}

/**
 * A lock appears whole, by a hard link, which only one process can make. A dead owner's lock is replaced by whoever holds the
 * lock of its succession, which is named after that very owner: two that take over at once contend for that, and one that
 * comes late finds that the owner it wanted to succeed is no longer there.
 * @returns whether it was a dead owner's.
 */
function take(path: string, claim: Claim): boolean {
  const own = `${path}.${claim.token}`;
  writeFileSync(own, JSON.stringify(claim));
  try {
    while (!tryLink(own, path)) {
      const found = read(path);
      if (found === undefined) continue;
      if (found.owner !== undefined && mayBeAlive(found.owner)) throw locked(path, found.owner);
      const succession = `${path}.after-${found.token}`;
      take(succession, claim);
      try {
        if (read(path)?.token !== found.token) continue;
        renameSync(own, path);
        return true;
      } finally {
        rmSync(succession, { force: true });
      }
    }
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function tryLink(existing: string, path: string): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(path: string): Claim | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = claimSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : { token: 'unreadable' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function locked(path: string, owner: ProcessIdentity): HpoError {
  const elsewhere =
    owner.host === identityOf().host ? '' : ` on ${owner.host}. If that machine no longer runs it, delete ${path}`;
  return new HpoError('ERR_STUDY_LOCKED', `the study is being run by process ${owner.pid}${elsewhere}`);
}
