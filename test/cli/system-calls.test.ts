// What a study, a training, a prediction and a report ask of the operating system: no connections, no files but their own.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './support.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const CALLS = [
  ...['connect', 'sendto', 'sendmsg', 'bind'],
  ...['open', 'openat', 'creat', 'mkdir', 'mkdirat', 'mknod', 'mknodat', 'truncate', 'chmod', 'fchmodat'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'unlink', 'unlinkat', 'rmdir'],
];
const OPENING = ['open', 'openat'];
/** Not files: devices, and what the kernel shows of a process. */
const NO_FILES = /^\/(dev\/(null|tty|pts|shm)|proc)(\/|$)/;

const study = {
  name: 'signs',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 4, validation: 3, test: 2 }, difficulty: 0 } },
  backbone: { name: 'quicknet', inputSize: 32 },
  space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' } },
  search: { strategy: 'random', trials: 2, seed: 3 },
  training: { epochs: 2, headEpochs: 1, unfreezeDepth: 1, batchSize: 8 },
  resources: { workers: 2 },
};

interface Call {
  readonly name: string;
  readonly text: string;
  /** Absolute; of those that the call may change. */
  readonly changes: readonly string[];
}

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

describe.skipIf(!canTrace)('system calls (skipped where strace is missing or may not trace)', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeAll(() => {
    folder = temporaryFolder({
      'threads/study.json': study,
      'processes/study.json': { ...study, resources: { workers: 1, isolation: 'process' } },
    });
    for (const name of ['home', 'tmp', 'cache']) mkdirSync(join(folder.path, name));
  });
  afterAll(() => folder.remove());

  /** Runs a command as a new user would, whose home and cache are empty. */
  async function trace(name: string, ...args: string[]): Promise<Call[]> {
    const file = join(folder.path, `${name}.trace`);
    const { CI: _, ORT_DISABLE_TELEMETRY: __, ...outer } = process.env;
    const env = {
      ...outer,
      ...{ HOME: join(folder.path, 'home'), TMPDIR: join(folder.path, 'tmp'), HPO_CACHE: join(folder.path, 'cache') },
      // The loader of the sources keeps compiled files of its own.
      TSX_DISABLE_CACHE: '1',
    };
    const node = [process.execPath, '--import', import.meta.resolve('tsx'), MAIN, ...args];
    const strace = ['-f', '-y', '-qq', '--seccomp-bpf', '-s', '4096', '-e', `trace=${CALLS.join(',')}`, '-o', file];
    const child = spawn('strace', [...strace, ...node], { env, cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    }
    const code = await new Promise((done) => child.once('close', done));
    expect(code, printed).toBe(0);
    return readFileSync(file, 'utf8').split('\n').flatMap(callOf);
  }

  it(
    'stay on the machine and in the folders of the study, from the search to a prediction',
    { timeout: 300_000 },
    async () => {
      const at = (...names: string[]): string => join(folder.path, ...names);
      const calls = [
        ...(await trace('threads', 'run', at('threads/study.json'), '--plain')),
        ...(await trace('processes', 'run', at('processes/study.json'), '--plain')),
        ...(await trace('report', 'report', at('threads/study.json'))),
        ...(await trace('export', 'export', at('threads/study.json'), '--out', at('out/model'))),
        ...(await trace('train', 'train', at('out/model/config.json'), '--out', at('out/final'))),
        ...(await trace(
          'predict',
          'predict',
          at('out/final'),
          fileURLToPath(new URL('../../docs/images/report.png', import.meta.url)),
        )),
      ];
      // The trace saw what it is about.
      const changed = new Set(calls.flatMap(({ changes }) => changes));
      expect(changed).toContain(at('threads/study.run/journal.jsonl'));
      expect([...changed].some((path) => path.startsWith(at('cache/')))).toBe(true);

      expect(calls.filter(({ text }) => /\bAF_INET6?\b/.test(text)).map(({ text }) => text)).toEqual([]);
      const own = ['threads', 'processes', 'out', 'cache'].map((name) => at(name));
      const isOwn = (path: string): boolean =>
        own.some((place) => path === place || path.startsWith(`${place}/`)) || path.startsWith(at('tmp/hpo-'));
      expect([...changed].filter((path) => !isOwn(path) && !NO_FILES.test(path))).toEqual([]);
      expect(readdirSync(at('home'))).toEqual([]);
    },
  );
});

/** A line of strace; none where it is the second half of a call, or no call. */
function callOf(line: string): Call[] {
  const [, name, rest] = /^\d+ +(\w+)\((.*)$/.exec(line) ?? [];
  if (name === undefined || rest === undefined) return [];
  const opensToRead = OPENING.includes(name) && !/O_(WRONLY|RDWR|CREAT|TRUNC)/.test(rest);
  const isOfFiles = !['connect', 'sendto', 'sendmsg', 'bind'].includes(name);
  return [{ name, text: line, changes: isOfFiles && !opensToRead ? pathsOf(rest) : [] }];
}

/** Every path of a call's arguments; relative ones begin at the folder that strace names before them. */
function pathsOf(args: string): string[] {
  return [...args.matchAll(/(?:AT_FDCWD|\d+)<([^>]*)>, "([^"]*)"|"([^"]*)"/g)].map(([, folder, below, path]) =>
    resolve(folder ?? '/', below ?? path ?? ''),
  );
}
