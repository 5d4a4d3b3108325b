// What a study, a training, a prediction and a report ask of the operating system: no connections, no files but their own.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { smallModel } from '../onnx/small-model.js';
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
    return traceWith({}, name, ...args);
  }

  async function traceWith(more: NodeJS.ProcessEnv, name: string, ...args: string[]): Promise<Call[]> {
    const file = join(folder.path, `${name}.trace`);
    const { CI: _, ORT_DISABLE_TELEMETRY: __, ...outer } = process.env;
    const env = {
      ...outer,
      ...{ HOME: join(folder.path, 'home'), TMPDIR: join(folder.path, 'tmp'), HPO_CACHE: join(folder.path, 'cache') },
      // The loader of the sources keeps compiled files of its own.
      TSX_DISABLE_CACHE: '1',
      ...more,
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

      expect(connections(calls)).toEqual([]);
      expect(foreign(calls, 'threads', 'processes', 'out', 'cache')).toEqual([]);
      expect(readdirSync(at('home'))).toEqual([]);
    },
  );

  it(
    'stay there with a table, a model file, a model of the hub and every form of export',
    { timeout: 300_000 },
    async () => {
      const at = (...names: string[]): string => join(folder.path, ...names);
      await writeTable(at('table'));
      mkdirSync(at('net'));
      writeFileSync(at('net/model.onnx'), smallModel());
      const short = { ...study, search: { strategy: 'random', trials: 1 }, resources: { workers: 1, engine: 'onnx' } };
      const data = { table: '../table/labels.csv', images: '../table/images' };
      const ofFile = { backbone: { name: 'mine', weights: './model.onnx' }, data: short.data };
      writeFileSync(at('table/study.json'), JSON.stringify({ ...short, data }));
      writeFileSync(at('net/study.json'), JSON.stringify({ ...short, ...ofFile }));
      const picture = at('table/images/0.png');
      const calls = [
        ...(await trace('table', 'run', at('table/study.json'), '--plain')),
        ...(await trace(
          'forms',
          'export',
          at('table'),
          '--out',
          at('results/forms'),
          '--format',
          'onnx,tfjs,python,page',
        )),
        ...(await trace('of-file', 'run', at('net/study.json'), '--plain')),
        ...(await trace('file-out', 'export', at('net'), '--out', at('results/of-file'))),
        ...(await trace('file-predict', 'predict', at('results/of-file'), picture)),
        ...(await trace('explain', 'predict', at('results/forms'), picture, '--explain', at('results/looks'))),
      ];
      const changed = new Set(calls.flatMap(({ changes }) => changes));
      expect(changed).toContain(at('net/study.run/journal.jsonl'));
      expect([...changed].some((path) => path.startsWith(at('results/')))).toBe(true);
      expect(connections(calls)).toEqual([]);
      expect(foreign(calls, 'table', 'net', 'results', 'cache')).toEqual([]);

      const hub = await hubOf(smallModel());
      const pulled = await traceWith({ HF_ENDPOINT: hub.endpoint }, 'pull', 'backbones', 'pull', 'hf:tiny/net');
      hub.close();
      // It connects to the hub that it was told, and to nothing else.
      expect(connections(pulled)).not.toEqual([]);
      expect(connections(pulled).filter((text) => !text.includes(`htons(${hub.port})`))).toEqual([]);
      expect(foreign(pulled, 'cache')).toEqual([]);
      expect(readdirSync(at('home'))).toEqual([]);
    },
  );

  /** Paths that were changed outside of these folders. */
  function foreign(calls: readonly Call[], ...own: readonly string[]): string[] {
    const places = own.map((name) => join(folder.path, name));
    const isOwn = (path: string): boolean =>
      places.some((place) => path === place || path.startsWith(`${place}/`)) ||
      path.startsWith(join(folder.path, 'tmp/hpo-'));
    const changed = new Set(calls.flatMap(({ changes }) => changes));
    return [...changed].filter((path) => !isOwn(path) && !NO_FILES.test(path));
  }
});

function connections(calls: readonly Call[]): string[] {
  return calls.filter(({ text }) => /\bAF_INET6?\b/.test(text)).map(({ text }) => text);
}

async function writeTable(place: string): Promise<void> {
  mkdirSync(join(place, 'images'), { recursive: true });
  const lines = ['file,label,split'];
  for (let i = 0; i < 12; i++) {
    const background = { r: 20 * i, g: i % 2 === 0 ? 40 : 220, b: 90 };
    const image = sharp({ create: { width: 24, height: 20, channels: 3, background } });
    await image.png().toFile(join(place, 'images', `${i}.png`));
    lines.push(`${i}.png,${i % 2 === 0 ? 'dark' : 'bright'},${i < 8 ? 'train' : 'val'}`);
  }
  writeFileSync(join(place, 'labels.csv'), lines.join('\n'));
}

/** A hub that has one model. */
async function hubOf(
  model: Uint8Array,
): Promise<{ readonly endpoint: string; readonly port: number; readonly close: () => void }> {
  const http = createServer((request, response) => {
    if (request.url !== '/tiny/net/resolve/main/model.onnx') return void response.writeHead(404).end();
    response.end(request.method === 'HEAD' ? undefined : model);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    close: () => {
      http.closeAllConnections();
      http.close();
    },
  };
}

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
