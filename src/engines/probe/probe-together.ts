// How fast several processes of one engine train at once, as the slots of a study do on one GPU.
import { type ChildProcess, fork } from 'node:child_process';
import { z } from 'zod';
import { EXEC_ARGV, programFile } from '../../system/program-file.js';
import type { EngineName } from '../engine.js';

export interface TogetherQuestion {
  readonly engine: EngineName;
  readonly processes: number;
  /** Of training steps, after all processes are ready. */
  readonly milliseconds: number;
  /** Such as what names the GPU. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What a process says: that it is ready, then images per second; or why it cannot. */
const said = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ rate: z.number() }),
  z.object({ failed: z.string() }),
]);
type Said = z.infer<typeof said>;

/** Milliseconds until all are ready, and beyond the time that they train. */
const PATIENCE = 180_000;

const ENTRY = programFile(import.meta.url, 'together-entry');

/** Images per second of all of them together; undefined where one of them fails, for want of memory, say. Never rejects, unless it is aborted. */
export async function probeTogether(question: TogetherQuestion, signal?: AbortSignal): Promise<number | undefined> {
  signal?.throwIfAborted();
  const { engine, processes, milliseconds, env = process.env } = question;
  const children = Array.from({ length: processes }, () =>
    fork(ENTRY, [engine, String(milliseconds)], {
      execArgv: EXEC_ARGV,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env,
    }),
  );
  const closed = Promise.all(children.map(untilClosed));
  const killAll = (): void => children.forEach((child) => child.kill('SIGKILL'));
  const deadline = setTimeout(killAll, PATIENCE + milliseconds);
  signal?.addEventListener('abort', killAll, { once: true });
  try {
    const ready = await Promise.all(children.map(nextWord));
    if (!ready.every((word) => word !== undefined && 'ready' in word)) return undefined;
    const measured = children.map(nextWord);
    for (const child of children) child.send('go', () => {}); // one that is gone by then tells by its end
    const rates = (await Promise.all(measured)).flatMap((word) =>
      word !== undefined && 'rate' in word ? [word.rate] : [],
    );
    return rates.length < processes ? undefined : rates.reduce((sum, rate) => sum + rate, 0);
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', killAll);
    killAll();
    // Until then they hold the GPU's memory.
    await closed;
    signal?.throwIfAborted();
  }
}

/** One that was never started has nothing to close. */
function untilClosed(child: ChildProcess): Promise<unknown> {
  return child.pid === undefined ? Promise.resolve() : new Promise((resolve) => child.once('close', resolve));
}

/** Undefined where the process ends instead. */
function nextWord(child: ChildProcess): Promise<Said | undefined> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const ended = (): void => resolve(undefined);
    child.once('error', ended).once('close', ended);
    child.once('message', (message) => resolve(said.safeParse(message).data));
  });
}
