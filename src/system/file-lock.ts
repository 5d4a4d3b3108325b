// A lock as a file: it names its process, and is taken over at once when that process is gone.
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { UnfitFileError, readRegularFileSync } from './regular-file.js';
import { type ProcessIdentity, identityOf, mayBeAlive } from './process-identity.js';

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

/** Somebody else has the lock. */
export class HeldError extends Error {
  constructor(readonly owner: ProcessIdentity) {
    super(`held by process ${owner.pid}`);
  }
}

type IsHeld = (path: string, owner: ProcessIdentity) => boolean;

const isAlive: IsHeld = (_path, owner) => mayBeAlive(owner);

/** Milliseconds between two signs of life. */
const PULSE = 2000;

const held = new Set<FileLock>();

/** A lock that is held until `release`, or until the process or the thread ends. */
export class FileLock {
  private renewedAt = performance.now();

  private constructor(
    readonly path: string,
    private readonly token: string,
    /** Whether the last one to hold it ended without letting go: killed, crashed, or with the whole machine. */
    readonly wasLeftBehind: boolean,
  ) {
    if (held.size === 0) process.once('exit', releaseAll);
    held.add(this);
  }

  /**
   * @param patience milliseconds without `renew` after which the lock counts as abandoned, though its process lives: one of its threads
   *     may have died. Default: never.
   * @throws HeldError naming the process that has it; a system error where no file can be made; UnfitFileError where a pipe, a device or
   *     a person's folder is in its place.
   */
  static acquire(path: string, { patience = Infinity }: { readonly patience?: number } = {}): FileLock {
    const claim: Claim = { token: randomBytes(6).toString('hex'), owner: identityOf() };
    mkdirSync(dirname(path), { recursive: true });
    const wasLeftBehind = take(path, claim, (file, owner) => mayBeAlive(owner) && silenceOf(file) < patience);
    if (wasLeftBehind) removeLitter(path);
    return new FileLock(path, claim.token, wasLeftBehind);
  }

  /** As `acquire`; undefined where somebody else has it. */
  static tryAcquire(path: string, options: { readonly patience?: number } = {}): FileLock | undefined {
    try {
      return FileLock.acquire(path, options);
    } catch (error) {
      if (error instanceof HeldError) return undefined;
      throw error;
    }
  }

  /** Who holds the lock and may be alive, if anyone. Nobody does where something is in its place that is no lock. */
  static holder(path: string): ProcessIdentity | undefined {
    const owner = readFit(path)?.owner;
    return owner !== undefined && mayBeAlive(owner) ? owner : undefined;
  }

  /** A sign of life, for locks with `patience`. To be called often: it costs nothing most of the time. */
  renew(): void {
    if (performance.now() - this.renewedAt < PULSE) return;
    this.renewedAt = performance.now();
    const now = new Date();
    try {
      utimesSync(this.path, now, now);
    } catch {
      // Somebody took it over: that is found out where it matters.
    }
  }

  release(): void {
    held.delete(this);
    if (held.size === 0) process.removeListener('exit', releaseAll);
    if (read(this.path)?.token === this.token) remove(this.path);
  }
}

function releaseAll(): void {
  for (const lock of held) lock.release();
}

/** Milliseconds since the last sign of life. */
function silenceOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0; // gone in this moment: the next look tells
  }
}

/**
 * A lock appears whole, by a hard link, which only one process can make. On a file system without hard links (exFAT, many network drives) it is
 * a folder with the claim in it, which appears by a rename: that fails where something is already. A dead owner's lock is replaced by
 * whoever holds the lock of its succession, which is named after that very owner: two that take over at once contend for that, and one
 * that comes late finds that the owner it wanted to succeed is no longer there.
 * @returns whether it was a dead owner's.
 * @throws HeldError
 */
function take(path: string, claim: Claim, isHeld: IsHeld): boolean {
  const own = `${path}.${claim.token}`;
  writeFileSync(own, JSON.stringify(claim));
  try {
    while (!tryAppear(own, path, claim)) {
      const found = read(path);
      if (found === undefined) {
        checkNoLink(path);
        continue;
      }
      if (found.owner !== undefined && isHeld(path, found.owner)) throw new HeldError(found.owner);
      const succession = `${path}.after-${found.token}`;
      take(succession, claim, isAlive);
      try {
        if (read(path)?.token !== found.token) continue;
        if (!trySucceed(own, path, claim)) continue;
        return true;
      } finally {
        remove(succession);
      }
    }
    return false;
  } finally {
    remove(own);
  }
}

/** Puts the claim in the place of a dead owner's. Only for whoever holds the succession. False where somebody was faster. */
function trySucceed(own: string, path: string, claim: Claim): boolean {
  if (!isFolder(own) && !isFolder(path)) {
    renameSync(own, path);
    return true;
  }
  // A folder cannot be replaced, so the lock is free for anybody in between.
  remove(path);
  return tryAppear(own, path, claim);
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Whole or gone for every other process: a folder is renamed before it is emptied. */
function remove(path: string): void {
  if (!isFolder(path)) {
    rmSync(path, { force: true });
    return;
  }
  const gone = `${path}.${randomBytes(6).toString('hex')}`;
  renameSync(path, gone);
  rmSync(gone, { recursive: true, force: true });
}

/** A link to nothing is neither a lock nor a place for one: waiting for its end would be waiting for ever. */
function checkNoLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new Error(`expected a file or nothing, found a link to ${readlinkSync(path)}, where nothing is`);
}

/** What a killed process may leave beside a lock: its own claim (the token), and the lock of a succession. */
const LITTER = /^(\.after-[0-9a-z]+)*(\.[0-9a-f]{12})?$/;

/** Removes what killed processes left beside a lock. It harms nobody where it cannot be removed. */
function removeLitter(path: string): void {
  const [folder, lock] = [dirname(path), basename(path)];
  try {
    for (const name of readdirSync(folder)) {
      if (name === lock || !name.startsWith(lock) || !LITTER.test(name.slice(lock.length))) continue;
      const owner = read(join(folder, name))?.owner;
      if (owner !== undefined && !mayBeAlive(owner)) rmSync(join(folder, name), { recursive: true, force: true });
    }
  } catch {
    // a folder that cannot be listed, or a file that is no file
  }
}

/** What systems say of hard links where there are none, or where they are forbidden. */
const NO_LINKS: ReadonlySet<unknown> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EACCES',
  'EISDIR',
  'EMLINK',
]);
const THERE_IS_ONE: ReadonlySet<unknown> = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);
/** A claim has about a hundred. */
const MOST_BYTES = 100_000;
/** Within a lock that is a folder. */
const CLAIM = 'claim';

/** Makes the lock appear, whole. False where there is one. The claim is a folder from then on where there are no hard links. */
function tryAppear(own: string, path: string, claim: Claim): boolean {
  if (isFolder(own)) return tryRename(own, path);
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.has(code)) throw error;
  }
  rmSync(own);
  mkdirSync(own);
  writeFileSync(join(own, CLAIM), JSON.stringify(claim));
  return tryRename(own, path);
}

/** Of a folder that is not empty: false where there is such a folder, or a file. */
function tryRename(own: string, path: string): boolean {
  // Windows would say no more than that it is not permitted.
  if (existsSync(path)) return false;
  try {
    renameSync(own, path);
    return true;
  } catch (error) {
    if (THERE_IS_ONE.has(codeOf(error)) || existsSync(path)) return false;
    throw error;
  }
}

function read(path: string): Claim | undefined {
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = claimSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : { token: 'unreadable' };
}

/** As `read`; undefined where something is in its place that is no lock. */
function readFit(path: string): Claim | undefined {
  try {
    return read(path);
  } catch (error) {
    if (error instanceof UnfitFileError) return undefined;
    throw error;
  }
}

/** @throws UnfitFileError where something is at its place that hpo did not make, such as a pipe. */
function readText(path: string): string {
  if (statSync(path).isDirectory()) return readFolder(path);
  try {
    return textOf(path);
  } catch (error) {
    if (!(error instanceof UnfitFileError)) throw error;
    // It may have gone, or changed, since it was looked at.
    if (isFolder(path) || !existsSync(path)) return readText(path);
    throw new UnfitFileError(`${error.message} at ${path}`, { cause: error });
  }
}

/** A folder appears whole and leaves whole. An empty one was left by a power cut; one with other things is a person's. */
function readFolder(path: string): string {
  const names = readdirSync(path);
  if (names.includes(CLAIM)) return textOf(join(path, CLAIM));
  if (names.length === 0) return '';
  throw new UnfitFileError(`expected a file, got a folder with ${names[0]} in it at ${path}`);
}

function textOf(path: string): string {
  return readRegularFileSync(path, MOST_BYTES).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a system error, such as 'EEXIST'. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
