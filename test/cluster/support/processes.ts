// Starts controller and workers as processes, ends them in every way, and says what a study has come to.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJournal } from '../../../src/store/journal-reader.js';
import { setTimeout as delay } from 'node:timers/promises';

export interface Started {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: () => string;
  saw(text: string): Promise<void>;
  /** Resolves once it has ended. */
  readonly ended: Promise<unknown>;
  readonly isAlive: () => boolean;
}

export class Processes {
  private readonly all: Started[] = [];

  constructor(private readonly env: NodeJS.ProcessEnv = {}) {}

  controller(folder: string, url: string, study: string, trials: number): Started {
    return this.start('controller-process.ts', [folder, url, study, String(trials)]);
  }

  worker(url: string, study: string, slots: number, host: string, env: NodeJS.ProcessEnv = {}): Started {
    return this.start('worker-process.ts', [url, study, String(slots), host], env);
  }

  /** A controller that closes at the first line that it reads. */
  closing(url: string): Started {
    return this.start('closing-process.ts', [url]);
  }

  async endAll(): Promise<void> {
    for (const { child } of this.all) {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
    }
    await Promise.all(this.all.splice(0).map(({ ended }) => ended));
  }

  private start(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
    const file = fileURLToPath(new URL(`./${script}`, import.meta.url));
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...this.env, ...env },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (more: string) => (text += more));
    }
    const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
    const started: Started = {
      ...{ child, said: () => text, ended: once(child, 'close'), isAlive },
      saw: (expected) =>
        until(
          () => text.includes(expected),
          () => `'${expected}' in: ${text}`,
        ),
    };
    this.all.push(started);
    return started;
  }
}

export interface Told {
  readonly trial: number;
  readonly x: unknown;
  readonly scores: readonly (number | undefined)[];
  readonly outcomes: readonly string[];
}

/** Every trial of a run: what it was, what it reported, how it ended, each time that it was told. */
export async function trialsOf(folder: string): Promise<readonly Told[]> {
  const file = join(folder, 'journal.jsonl');
  if (!existsSync(file)) return [];
  const events = await readJournal(file);
  return events.flatMap((event) => {
    if (event.type !== 'asked') return [];
    const own = events.filter((other) => 'trial' in other && other.trial === event.trial);
    return [
      {
        trial: event.trial,
        x: event.parameters['x'],
        scores: own.flatMap((one) => (one.type === 'reported' ? [one.report.metrics['score']] : [])),
        outcomes: own.flatMap((one) => (one.type === 'told' ? [one.outcome.status] : [])),
      },
    ];
  });
}

/** Resolves once so many trials have ended. */
export async function untilTold(folder: string, count: number): Promise<void> {
  const told = async (): Promise<number> =>
    (await trialsOf(folder)).filter(({ outcomes }) => outcomes.length > 0).length;
  await until(
    async () => (await told()) >= count,
    () => `${count} trials to have ended`,
  );
}

/** Milliseconds that no load eats. */
const PATIENCE = 100_000;

/** This is no test's: the campaign waits in the same way. */
async function until(check: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`expected ${what()}`);
    await delay(50);
  }
}
