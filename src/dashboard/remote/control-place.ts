// Where the process that runs a study is reached: a socket in the run's folder, which only its user may enter.
import { type Stats, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { readRegularFileSync } from '../../system/regular-file.js';

/** Bytes of a socket's path that every system can bind (sun_path of sys/un.h has 104 on macOS, 108 on Linux). */
const LONGEST = 100;
const SOCKET = 'socket';
/** Says where the socket is, if not beside it. */
const ADDRESS = 'address';
/** Beside a socket that is elsewhere: the folder that it was made for. */
const OWNER = 'owner';
const PREFIX = 'hpo-control-';
const PIPES = '\\\\.\\pipe\\';

/** A folder for the way to a study, made anew; what a killed process left there is removed. */
export class ControlPlace {
  /** Of the folder, to know it again. */
  private readonly identity: Stats;
  private elsewhere: string | undefined;

  /** @param folder `<run>/control`. Throws what the system says where it cannot be made. */
  constructor(readonly folder: string) {
    removeTemporary(addressIn(folder), folder);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
    this.identity = lstatSync(folder);
  }

  /** Where a server may listen, the best place first: some file systems have no sockets, and some paths are too long. */
  *addresses(): Generator<string> {
    if (process.platform === 'win32') {
      yield this.note(`${PIPES}${PREFIX}${randomBytes(16).toString('hex')}`);
      return;
    }
    const beside = join(this.folder, SOCKET);
    if (Buffer.byteLength(beside) <= LONGEST) yield beside;
    this.elsewhere = mkdtempSync(join(tmpdir(), PREFIX)); // for its user alone
    writeFileSync(join(this.elsewhere, OWNER), realpathSync(this.folder), { mode: 0o600 });
    yield this.note(join(this.elsewhere, SOCKET));
  }

  /** Removes what there is, unless another folder has taken its place. */
  remove(): void {
    if (this.elsewhere !== undefined) rmSync(this.elsewhere, { recursive: true, force: true });
    const found = lstatSync(this.folder, { throwIfNoEntry: false });
    if (found?.ino === this.identity.ino && found.dev === this.identity.dev) {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  private note(address: string): string {
    writeFileSync(join(this.folder, ADDRESS), address, { mode: 0o600 });
    return address;
  }
}

/** Where the process that runs a study listens; undefined where there is none, or it is none of this user's to know. */
export function controlAddress(folder: string): string | undefined {
  try {
    const address = addressIn(folder);
    if (address !== undefined) return address;
    const beside = join(folder, SOCKET);
    return lstatSync(beside).isSocket() ? beside : undefined;
  } catch {
    return undefined;
  }
}

/** The address of a file that somebody else may have written: only one that this program could have made. */
function addressIn(folder: string): string | undefined {
  const address = textOf(join(folder, ADDRESS));
  if (address === undefined) return undefined;
  const isPipe = address.startsWith(`${PIPES}${PREFIX}`);
  const isSocket = basename(address) === SOCKET && basename(dirname(address)).startsWith(PREFIX);
  return (process.platform === 'win32' ? isPipe : isSocket) ? address : undefined;
}

/** Not that of another study: the folder of a run may have been copied while it ran. */
function removeTemporary(address: string | undefined, control: string): void {
  if (address === undefined || process.platform === 'win32') return;
  const folder = dirname(address);
  if (dirname(folder) !== tmpdir() || textOf(join(folder, OWNER)) !== realpathSync(control)) return;
  rmSync(folder, { recursive: true, force: true });
}

function textOf(path: string): string | undefined {
  try {
    return readRegularFileSync(path, 4096).toString('utf8');
  } catch {
    return undefined;
  }
}
