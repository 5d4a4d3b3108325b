// The parent's side of the process that runs cases: it ends a case that takes too much time or memory.
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CaseResult } from './check.js';
import type { CaseJob, RunnerMessage } from './runner.js';

/** Seconds of processor time of one step. It does not grow where the machine is busy. */
const PROCESSOR_LIMIT = 10;
/** Seconds that a step may take at all, waiting included. */
const TIME_LIMIT = 600;
/** Bytes, where a check says nothing else. */
const MEMORY_LIMIT = 2 ** 30;
/** A process that has more than this after a case is replaced. */
const MEMORY_KEPT = 600 * 2 ** 20;
/** Milliseconds between two looks. */
const INTERVAL = 50;
/** Ticks of /proc/<pid>/stat in a second, on every Linux that Node supports. */
const TICKS = 100;

export type CaseEnd =
  { readonly passed: true; readonly result: CaseResult } | { readonly passed: false; readonly message: string };

/** A case, and the most memory that its process took, in bytes. */
export type MeasuredEnd = CaseEnd & { readonly peak: number };

interface Use {
  /** Seconds of processor time. */
  readonly processor: number;
  /** Bytes. */
  readonly memory: number;
}

export class CaseRunner {
  private child: ChildProcess | undefined;

  /** Runs one case to its end, or to a limit. `memory` is in bytes. */
  async run(job: CaseJob, memory = MEMORY_LIMIT): Promise<MeasuredEnd> {
    const child = (this.child ??= start());
    forgetPeak(child.pid);
    const end = await watched(child, job, memory);
    const use = useOf(child.pid);
    const peak = peakOf(child.pid);
    if (!end.passed || (use !== undefined && use.memory > MEMORY_KEPT)) await this.close();
    return { ...end, peak };
  }

  async close(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }
}

function start(): ChildProcess {
  const child = fork(fileURLToPath(new URL('./runner.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.setMaxListeners(0);
  return child;
}

function watched(child: ChildProcess, job: CaseJob, memory: number): Promise<CaseEnd> {
  return new Promise((resolve) => {
    let step = 'start';
    let since = performance.now();
    let before = useOf(child.pid)?.processor ?? 0;
    let printed = '';
    const timer = setInterval(() => {
      const use = useOf(child.pid);
      const seconds = (performance.now() - since) / 1000;
      if (use !== undefined && use.processor - before > PROCESSOR_LIMIT) {
        fail(`took more than ${PROCESSOR_LIMIT} s of processor time`);
      } else if (seconds > TIME_LIMIT) fail(`took more than ${TIME_LIMIT} s`);
      else if (use !== undefined && use.memory > memory) {
        fail(`took ${(use.memory / 2 ** 30).toFixed(2)} GiB of memory`);
      }
    }, INTERVAL);
    const end = (result: CaseEnd): void => {
      clearInterval(timer);
      child.off('message', onMessage).off('exit', onExit);
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', onText);
      resolve(result);
    };
    const fail = (message: string): void => end({ passed: false, message: `${message}\n  in step: ${step}` });
    const onText = (text: Buffer): void => void (printed = (printed + text.toString()).slice(-4000));
    const onExit = (code: number | null, signal: string | null): void =>
      fail(`the process that ran the case ended (${signal ?? code})\n${printed}`);
    const onMessage = (message: RunnerMessage): void => {
      switch (message.type) {
        case 'step':
          step = message.what;
          since = performance.now();
          before = useOf(child.pid)?.processor ?? 0;
          return;
        case 'passed':
          return end({ passed: true, result: message.result });
        case 'found':
          return fail(message.message);
      }
    };
    child.on('message', onMessage).on('exit', onExit);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', onText);
    child.send(job, (error) => {
      if (error !== null) fail(`the process that runs cases ended after the last one: ${error.message}\n${printed}`);
    });
  });
}

/** From here on the kernel counts anew. */
function forgetPeak(pid: number | undefined): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Then it is the peak of all cases of the process.
  }
}

/** The most memory since then, in bytes, as the kernel counted it between two looks as well; 0 where it does not tell. */
function peakOf(pid: number | undefined): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Of a process, from /proc; undefined where the system has none, or the process is gone. */
function useOf(pid: number | undefined): Use | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return { processor: (Number(fields[11]) + Number(fields[12])) / TICKS, memory: pages * 4096 };
  } catch {
    return undefined;
  }
}
