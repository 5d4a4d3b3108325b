// Servers of queues for tests: real ones, each on a free port and in a folder of its own. Where a server is not installed, tests skip.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface TestServer {
  readonly url: string;
  readonly pid: number | undefined;
  /** Ends it; what it has written stays. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** On the same port, with what it had written. */
  start(): Promise<void>;
  /** Ends it, and removes its folder. */
  remove(): Promise<void>;
}

export interface ServerKind {
  readonly name: 'redis' | 'postgres';
  /** Why there is none; undefined where there is. */
  readonly missing: string | undefined;
  open(): Promise<TestServer>;
}

const redisProgram = onPath('redis-server');
const postgresPrograms = findPostgres();
/** PostgreSQL does not run as root. */
const other = process.getuid?.() === 0 ? otherUser() : undefined;

export const SERVERS: readonly ServerKind[] = [
  {
    name: 'redis',
    missing: redisProgram === undefined ? 'redis-server is not installed' : undefined,
    open: openRedis,
  },
  { name: 'postgres', missing: whyNoPostgres(), open: openPostgres },
];

async function openRedis(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''];
  return serverOf({
    folder,
    url: `redis://127.0.0.1:${port}`,
    start: () => spawn(redisProgram ?? '', args, { stdio: 'ignore' }),
    isReady: () => canConnect(port),
  });
}

async function openPostgres(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'hpo-postgres-'));
  if (other !== undefined) {
    chownSync(folder, other.uid, other.gid);
    chmodSync(folder, 0o700);
  }
  const data = join(folder, 'data');
  const bin = postgresPrograms ?? '';
  const made = spawnSync(...asOther(join(bin, 'initdb'), ['-D', data, '-U', 'hpo', '-A', 'trust', '--no-sync']), {
    encoding: 'utf8',
    cwd: '/',
  });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-c', 'fsync=off'];
  return serverOf({
    folder,
    url: `postgres://hpo@127.0.0.1:${port}/postgres`,
    start: () => spawn(...asOther(join(bin, 'postgres'), options), { stdio: 'ignore', cwd: '/' }),
    isReady: () =>
      Promise.resolve(spawnSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-q']).status === 0),
  });
}

interface ServerOptions {
  readonly folder: string;
  readonly url: string;
  readonly start: () => ChildProcess;
  readonly isReady: () => Promise<boolean>;
}

async function serverOf({ folder, url, start, isReady }: ServerOptions): Promise<TestServer> {
  let child: ChildProcess | undefined;
  const ended = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child === undefined || ended()) return;
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    // PostgreSQL waits for its clients after SIGTERM, and not after SIGINT.
    child.kill(signal === 'SIGTERM' ? 'SIGINT' : signal);
    await gone;
  };
  const server: TestServer = {
    url,
    get pid() {
      return child?.pid;
    },
    stop,
    async start() {
      child = start();
      for (let tries = 0; !(await isReady()); tries++) {
        if (ended() || tries > 600) throw new Error(`the server of ${url} did not start`);
        await delay(50);
      }
    },
    async remove() {
      await stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('expected a port'));
        else resolve(address.port);
      });
    });
  });
}

async function canConnect(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.end();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function whyNoPostgres(): string | undefined {
  if (postgresPrograms === undefined) return 'PostgreSQL is not installed';
  const isRoot = process.getuid?.() === 0;
  return isRoot && other === undefined ? 'PostgreSQL does not run as root, and setpriv is not installed' : undefined;
}

/** The folder of PostgreSQL's programs: Debian keeps them off the path. */
function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted() : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...pathFolders()];
  return folders.find((folder) => ['initdb', 'postgres', 'pg_isready'].every((name) => existsSync(join(folder, name))));
}

function otherUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (onPath('setpriv') === undefined) return undefined;
  const idOf = (flag: string, user: string): number => {
    const found = spawnSync('id', [flag, user], { encoding: 'utf8' });
    return found.status === 0 ? Number(found.stdout) : NaN;
  };
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = [idOf('-u', user), idOf('-g', user)];
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
  }
  return undefined;
}

function asOther(program: string, args: readonly string[]): [string, string[]] {
  if (other === undefined) return [program, [...args]];
  const who = [`--reuid=${other.uid}`, `--regid=${other.gid}`, '--clear-groups'];
  return ['setpriv', [...who, program, ...args]];
}

function onPath(name: string): string | undefined {
  return pathFolders()
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
}
