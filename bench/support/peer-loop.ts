// A training loop of a peer as a process that takes steps when it is asked to.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findPython } from '../../src/engines/torch/find-python.js';

/** Seconds. */
export interface Times {
  readonly cpu: number;
  readonly wall: number;
}

/** Steps are made by requests, which the script defines. */
export class PeerLoop<Request extends object> {
  private readonly child;
  private readonly lines: AsyncIterator<string>;

  /** @param script of bench/peers, without its ending. */
  constructor(script: string, ...args: string[]) {
    const path = fileURLToPath(new URL(`../peers/${script}.py`, import.meta.url));
    const env = { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
    this.child = spawn(findPython(), [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** Also takes a first step. */
  async make(request: Request): Promise<(steps: number) => Promise<Times>> {
    const { id } = (await this.ask(request)) as { id: number };
    return async (steps) => (await this.ask({ id, steps })) as Times;
  }

  close(): void {
    this.child.kill();
  }

  protected async ask(request: object): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error('the peer has ended');
    return JSON.parse(value);
  }
}
