// Runs a program of the system; what it printed last says why it failed.
import { must } from '../../../system/must.js';
import { spawn } from 'node:child_process';
import { HpoError } from '../../../study/errors.js';

export interface CommandOptions {
  readonly cwd?: string;
  readonly signal: AbortSignal;
}

/** Lines of what a failed program printed. */
const LAST_LINES = 12;
const KEPT = 100_000;

/**
 * Resolves to what it printed on stdout. When the signal is aborted, it and all that it started are ended.
 * @throws HpoError ERR_ENGINE with its last lines, or `missing` where there is no such program; the signal's reason.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  missing: string,
  { cwd, signal }: CommandOptions,
): Promise<string> {
  signal.throwIfAborted();
  // A group of its own: compilers and package managers start others.
  const child = spawn(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (): void => {
    try {
      process.kill(-must(child.pid, 'a process id'), 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  signal.addEventListener('abort', kill, { once: true });
  process.once('exit', kill);
  let [stdout, all] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    all = (all + text).slice(-KEPT);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (all = (all + text).slice(-KEPT)));
  const ended = await new Promise<NodeJS.ErrnoException | string | undefined>((resolve) => {
    child.once('error', resolve);
    child.once('close', (code, by) => resolve(code === 0 ? undefined : by === null ? `exit code ${code}` : by));
  });
  signal.removeEventListener('abort', kill);
  process.removeListener('exit', kill);
  signal.throwIfAborted();
  if (ended === undefined) return stdout;
  if (typeof ended !== 'string') throw new HpoError('ERR_ENGINE', ended.code === 'ENOENT' ? missing : ended.message);
  const lines = all.trim().split('\n').slice(-LAST_LINES);
  throw new HpoError('ERR_ENGINE', [`${program} failed with ${ended}:`, ...lines].join('\n  '));
}
