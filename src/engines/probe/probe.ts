// Tries an engine in a process of its own.
import { fork } from 'node:child_process';
import { MEMORY_WORDS } from '../../system/memory-words.js';
import { formatDuration } from '../../system/format.js';
import { EXEC_ARGV, programFile } from '../../system/program-file.js';
import type { EngineName } from '../engine.js';
import type { Measurement } from './measure.js';

export interface ProbeQuestion {
  readonly engine: EngineName;
  /** For each of the two tasks; 0 checks the numbers alone. */
  readonly milliseconds: number;
  /** A TensorFlow binding in place of the user's. */
  readonly installation?: string;
  /** Such as what names the GPU to try it on. Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export type ProbeAnswer =
  | ({ readonly status: 'works' } & Measurement)
  /** `mayPass`: for want of memory or time, which another moment may have. */
  | { readonly status: 'missing'; readonly reason: string; readonly mayPass?: true };

/** Milliseconds; an engine that takes longer to start and to make a few steps is of no use. */
const PATIENCE = 120_000;
/** Characters of what a process printed before it died. */
const LAST_WORDS = 300;

const ENTRY = programFile(import.meta.url, 'probe-entry');

/** Never rejects, unless it is aborted: then with the signal's reason. */
export async function probeEngine(
  { env = process.env, ...question }: ProbeQuestion,
  signal?: AbortSignal,
  patience = PATIENCE,
): Promise<ProbeAnswer> {
  signal?.throwIfAborted();
  const child = fork(ENTRY, [], {
    execArgv: EXEC_ARGV,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env,
  });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (printed = (printed + text).slice(-10_000)));
  const kill = (): boolean => child.kill('SIGKILL');
  const began = performance.now();
  const deadline = setTimeout(kill, patience);
  signal?.addEventListener('abort', kill, { once: true });
  let answer: ProbeAnswer | undefined;
  child.once('message', (message) => (answer = message as ProbeAnswer));
  child.send(question, () => {}); // a child that is gone by then tells by its end
  const ended = await new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, by) => resolve(by === null ? `with exit code ${code}` : `by ${by}`));
  });
  clearTimeout(deadline);
  signal?.removeEventListener('abort', kill);
  signal?.throwIfAborted();
  if (answer?.status === 'works') return answer;
  if (answer !== undefined) return missing(answer.reason);
  if (performance.now() - began >= patience) {
    const reason = `the ${question.engine} engine does not answer within ${formatDuration(patience / 1000)}`;
    return { status: 'missing', reason, mayPass: true };
  }
  const words = printed.trim().slice(-LAST_WORDS);
  return missing(`the ${question.engine} engine ended its process ${ended}${words === '' ? '' : `: ${words}`}`);
}

function missing(reason: string): ProbeAnswer {
  return { status: 'missing', reason, ...(MEMORY_WORDS.test(reason) ? { mayPass: true } : {}) };
}
