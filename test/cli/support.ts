// Runs the command line: in this process with its output captured, or as a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../src/cli/program.js';
import { PLAIN } from '../../src/cli/style.js';
import type { Outlet, Terminal } from '../../src/cli/terminal.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command line of this process. */
export async function hpo(...args: string[]): Promise<Finished> {
  const { terminal, written } = fakeTerminal();
  const code = await runProgram(args, terminal);
  return { code, out: written.out.join('\n'), err: written.err.join('\n') };
}

/** A terminal of 80 columns that only remembers. */
export function fakeTerminal(): { terminal: Terminal; written: { out: string[]; err: string[] } } {
  const written = { out: [] as string[], err: [] as string[] };
  const outlet = (lines: string[]): Outlet => ({
    line: (text = '') => void lines.push(text),
    data: (text) => void lines.push(text),
    replace: () => {},
    style: PLAIN,
    isTerminal: false,
    columns: 80,
  });
  return {
    terminal: { out: outlet(written.out), err: outlet(written.err), bell: () => {}, onClosed: () => {} },
    written,
  };
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves once stderr or stdout holds the text. */
  saw(text: string): Promise<void>;
}

/** The command line as a process. @param options.by what runs it, such as `taskset -c 0`. */
export function spawnHpo(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; by?: readonly string[] } = {},
): Spawned {
  const command = [process.execPath, '--import', import.meta.resolve('tsx'), MAIN, ...args];
  const [program = '', ...rest] = [...(options.by ?? []), ...command];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  const seen = { out: '', err: '' };
  let check = (): void => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen.out += text;
    check();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen.err += text;
    check();
  });
  const finished = new Promise<Finished>((resolve) => child.once('close', (code) => resolve({ code, ...seen })));
  const saw = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      check = () => {
        if (seen.out.includes(text) || seen.err.includes(text)) resolve();
      };
      void finished.then(() => reject(new Error(`the process ended before it said '${text}': ${seen.err}`)));
      check();
    });
  return { child, finished, saw };
}

/** A new folder with these files, and the way to remove it. */
export function temporaryFolder(files: Readonly<Record<string, string | object>> = {}): {
  path: string;
  remove: () => void;
} {
  const path = mkdtempSync(join(tmpdir(), 'hpo-cli-'));
  writeFiles(path, files);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | object>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
}

/** A trainer of the user's own: three epochs, a value that depends on x alone. */
export const TOY_TRAINER = `
export default async function* train({ parameters }) {
  for (let epoch = 1; epoch <= 3; epoch++) yield { epoch, metrics: { score: 1 - (parameters.x - 0.3) ** 2 - 0.1 / epoch } };
}
`;

/** A study of that trainer. */
export function toyStudy(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    name: 'toy',
    trainer: { module: './train.mjs' },
    space: { x: { type: 'float', min: 0, max: 1 }, kind: { type: 'choice', values: ['a', 'b'] } },
    search: { strategy: 'sobol', trials: 4, seed: 3 },
    pruner: { type: 'none' },
    objective: { metric: 'score' },
    resources: { workers: 1 },
    ...changes,
  };
}
