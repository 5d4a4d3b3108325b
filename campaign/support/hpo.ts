// Runs the built command line, in this process or in one of its own, and looks at what it prints.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PLAIN } from '../../src/cli/style.js';
import type { Outlet, Terminal } from '../../src/cli/terminal.js';
import type * as program from '../../src/cli/program.js';
import { Finding } from '../check.js';

const DIST = new URL('../../dist/', import.meta.url);
const MAIN = fileURLToPath(new URL('cli/main.js', DIST));
/** Milliseconds after which a command counts as hanging: far more than any takes, on a busy machine too. */
const LIMIT = 300_000;

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

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What the command is run by, such as `taskset -c 0`. */
  readonly by?: readonly string[];
  readonly cwd?: string;
}

/** A command in a process of its own. */
export function spawnHpo(
  args: readonly string[],
  { env = {}, by = [], cwd }: SpawnOptions = {},
): { readonly child: ChildProcess; readonly finished: Promise<Finished> } {
  const [command = '', ...rest] = [...by, process.execPath, MAIN, ...args];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const seen = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (seen.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (seen.err += text));
  const finished = new Promise<Finished>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Finding(`hpo ${args.join(' ')} did not end within ${LIMIT / 1000} s\n${seen.out}\n${seen.err}`));
    }, LIMIT);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
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
