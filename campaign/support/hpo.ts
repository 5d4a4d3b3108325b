// Runs the built command line, in this process or in one of its own, and looks at what it prints.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PLAIN } from '../../src/cli/style.js';
import type { Outlet, Terminal } from '../../src/cli/terminal.js';
import type * as program from '../../src/cli/program.js';
import { Finding } from '../check.js';
import { HangWatch } from './hang-watch.js';

const DIST = new URL('../../dist/', import.meta.url);
const MAIN = fileURLToPath(new URL('cli/main.js', DIST));
const MANY = fileURLToPath(new URL('./many-runs.mjs', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A module of the built program, with the types of its source. */
export async function built<T>(path: string): Promise<T> {
  return (await import(new URL(path, DIST).href)) as T;
}

/** A command in this process. */
export async function hpoHere(...args: readonly string[]): Promise<Finished> {
  const { runProgram } = await built<typeof program>('cli/program.js');
  const written = { out: [] as string[], err: [] as string[] };
  const outlet = (lines: string[]): Outlet => ({
    line: (text = '') => void lines.push(text),
    data: (text) => void lines.push(text),
    replace: () => {},
    style: PLAIN,
    isTerminal: false,
    columns: 80,
  });
  const terminal: Terminal = { out: outlet(written.out), err: outlet(written.err), bell: () => {}, onClosed: () => {} };
  const code = await runProgram(args, terminal);
  return { code, signal: null, out: written.out.join('\n'), err: written.err.join('\n') };
}

/** Where a study of several in one process ended. */
export interface EndOfOne extends Pick<Finished, 'code' | 'out'> {
  /** Its place among the files. */
  readonly number: number;
}

/**
 * `hpo run` of several studies side by side in one process of their own, as a program that uses the library may do: most of what a run of a
 * small study costs is the start of its process. `ended` grows as they end.
 */
export function spawnRuns(
  files: readonly string[],
  { env = {}, by = [], options = [] }: SpawnOptions & { readonly options?: readonly string[] } = {},
): { readonly child: ChildProcess; readonly ended: readonly EndOfOne[]; readonly finished: Promise<Finished> } {
  const program = new URL('cli/program.js', DIST).href;
  const { child, finished } = spawnLimited(
    [...by, process.execPath, MANY, program, JSON.stringify(options), ...files],
    { env },
  );
  const ended: EndOfOne[] = [];
  let rest = '';
  child.stdout?.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { number, code, printed } = JSON.parse(line) as { number: number; code: number; printed: string };
      ended.push({ number, code, out: printed });
    }
  });
  return { child, ended, finished };
}

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What the command is run by, such as `taskset -c 0`. */
  readonly by?: readonly string[];
  readonly cwd?: string;
  /** Seconds that it may take, waits for a core aside. Default: 300. */
  readonly limit?: number;
}

/** A command in a process of its own. */
export function spawnHpo(
  args: readonly string[],
  { by = [], ...options }: SpawnOptions = {},
): { readonly child: ChildProcess; readonly finished: Promise<Finished> } {
  return spawnLimited([...by, process.execPath, MAIN, ...args], options);
}

function spawnLimited(
  [command = '', ...args]: readonly string[],
  { env = {}, cwd, limit }: Omit<SpawnOptions, 'by'>,
): { readonly child: ChildProcess; readonly finished: Promise<Finished> } {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const seen = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (seen.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (seen.err += text));
  const finished = new Promise<Finished>((resolve, reject) => {
    const hang = new HangWatch(child.pid, limit);
    const timer = setInterval(() => {
      const problem = hang.look();
      if (problem === undefined) return;
      clearInterval(timer);
      child.kill('SIGKILL');
      reject(new Finding(`${[command, ...args].join(' ')} ${problem}\n${seen.out}\n${seen.err}`));
    }, 1000);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearInterval(timer);
      resolve({ code, signal, ...seen });
    });
  });
  return { child, finished };
}

/** Frames of the program itself; those of a trainer of the user's own belong to its message. */
const STACK = /^\s+at .*(\/dist\/|node:internal|node_modules).*:\d+:\d+\)?$/m;
const UNEXPECTED = /This was not expected|UnhandledPromise|Uncaught|^node:internal/m;

/** @throws Finding unless the command ended with one of the codes, and without a stack. Returns what it printed. */
export function expectEnd(finished: Finished, codes: readonly number[], what: string): string {
  const { code, signal, out, err } = finished;
  const printed = `${out}\n${err}`;
  const problem = STACK.test(printed)
    ? 'printed a stack'
    : UNEXPECTED.test(printed)
      ? 'said that it did not expect this'
      : code === null || !codes.includes(code)
        ? `ended with ${signal ?? `exit code ${code}`}, expected ${codes.join(' or ')}`
        : undefined;
  if (problem !== undefined) throw new Finding(`${what} ${problem}:\n${printed.trim().slice(-3000)}`);
  return printed;
}
