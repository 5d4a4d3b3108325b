// The hand-written PyTorch loop as a process that takes steps when it is asked to.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findPython } from '../../src/engines/torch/find-python.js';

/** Seconds. */
export interface Times {
  readonly cpu: number;
  readonly wall: number;
}

export interface LoopRequest {
  readonly network: string;
  /** Blocks trained; null: all. */
  readonly depth: number | null;
  readonly side: number;
  readonly batch: number;
  readonly precision?: string;
  readonly compile?: boolean;
  /** A forward pass of the whole network in place of a step. */
  readonly frozen?: boolean;
}

export class TorchLoop {
  private readonly child;
  private readonly lines: AsyncIterator<string>;

  constructor(device: string) {
    const script = fileURLToPath(new URL('../peers/torch_loop.py', import.meta.url));
    const env = { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
    this.child = spawn(findPython(), [script, device], { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async make(request: LoopRequest): Promise<(steps: number) => Promise<Times>> {
    const { id } = (await this.ask(request)) as { id: number };
    return async (steps) => (await this.ask({ id, steps })) as Times;
  }

  /** Writes a network with random weights to an ONNX file. Its Python needs what PyTorch's exporter needs. */
  async export(network: string, side: number, file: string): Promise<void> {
    await this.ask({ network, side, export: file });
  }

  close(): void {
    this.child.kill();
  }

  private async ask(request: object): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error('the PyTorch loop has ended');
    return JSON.parse(value);
  }
}
