// A process of PyTorch: starts it, sends it messages, and tells what became of it.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { HpoError } from '../../study/errors.js';
import { formatDuration } from '../../system/format.js';
import { outOfMemoryKillCount } from '../../system/memory-kills.js';
import { visibleText } from '../../system/visible-text.js';
import { Exchange } from './exchange.js';

/** What a process starts with. */
export interface TorchOptions {
  /** Of the processor, for one operation. */
  readonly threads: number;
  /** `auto`: a GPU where PyTorch finds one. */
  readonly device: 'auto' | 'cpu';
  /** Whether float32 products may be computed with ten bits of mantissa, on NVIDIA's GPUs. */
  readonly tf32: boolean;
  /** Whether steps on CUDA are captured as CUDA graphs. */
  readonly capture: boolean;
  /** Bytes of rows that stay on the device. `auto`: on CUDA up to half of what is free, nothing elsewhere. */
  readonly room: 'auto' | number;
}

const hello = z.object({ torch: z.string(), device: z.enum(['cpu', 'cuda', 'mps']), name: z.string() });
export type TorchHello = z.infer<typeof hello>;

const reply = z.object({ error: z.string().optional(), notes: z.array(z.string()).optional() });

export interface TorchReply {
  readonly text: unknown;
  readonly payload: Buffer;
}

const REMEDY = 'it needs a Python with PyTorch: name one in HPO_PYTHON, or with --python';

const WORKER = fileURLToPath(new URL('worker.py', import.meta.url));
/** What the process sends before its first message. Whatever comes before it was printed by the Python, or by what stands in its place. */
const GREETING = Buffer.from('\0hpo-torch-1\n');
/** Bytes before a message: the lengths of its text and of its numbers. */
const HEADER = 12;
/** Bytes of a message's text, of a few names or a line of an error. More is not from this process's program. */
const LONGEST_TEXT = 16e6;
/** Characters of what the process printed before it ended. */
const LAST_WORDS = 1000;
/** Milliseconds in which it has to answer for the first time: importing PyTorch from a slow disk takes minutes. */
const START_LIMIT = 600_000;
/** How often it is started where it is killed before it answers. */
const STARTS = 3;
/** Milliseconds that it has to go when its input ends. */
const GRACE = 1000;
const LARGEST_WORD = 2 ** 32;
const UNREADABLE = 'sends what is no answer';

interface Pending {
  readonly resolve: (reply: TorchReply) => void;
  readonly reject: (error: unknown) => void;
}

export class TorchProcess {
  readonly exchange = new Exchange();
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly pending: Pending[] = [];
  private readonly incoming = new Incoming({
    message: (message) => this.receive(message),
    printed: (text) => this.print(text),
  });
  /** The kernel's count when the last request was made that was no step: the latest trial began no earlier. */
  private killsBefore = outOfMemoryKillCount() ?? Infinity;
  private printed = '';
  private end: HpoError | undefined;
  /** Whether a signal ended it that this process did not send. */
  private isKilled = false;
  private readonly ended: Promise<void>;

  private constructor(python: string, options: TorchOptions) {
    const args = ['-u', WORKER, this.exchange.path, JSON.stringify(options)];
    this.child = spawn(python, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environmentOf(options) });
    const { stdin, stdout, stderr } = this.child;
    stdout.on('data', (chunk: Buffer) => this.take(chunk));
    stderr.setEncoding('utf8').on('data', (text: string) => this.print(text));
    stdin.on('error', () => {}); // a process that is gone tells by its end
    this.ended = new Promise((resolve) => {
      this.child.once('error', ({ message }) => this.close(`does not start: ${message}`, resolve));
      this.child.once('close', (code, signal) => {
        this.close(signal === null ? `ended with exit code ${code}` : this.endedBy(signal), resolve);
      });
    });
  }

  /**
   * A process that something kills meanwhile is started again, as that of a trainer is.
   * @param limit milliseconds in which it has to answer: a script in the place of a Python may wait for ever.
   * @throws HpoError ERR_ENGINE where PyTorch does not load, does not answer, or finds no device.
   */
  static async start(
    python: string,
    options: TorchOptions,
    limit = START_LIMIT,
    starts = STARTS,
  ): Promise<{ process: TorchProcess; hello: TorchHello }> {
    const started = new TorchProcess(python, options);
    const timer = setTimeout(() => started.giveUp(`does not answer within ${formatDuration(limit / 1000)}`), limit);
    try {
      const { text } = await started.expect().finally(() => clearTimeout(timer));
      started.exchange.unlink();
      return { process: started, hello: hello.parse(text) };
    } catch (cause) {
      await started.stop();
      if (started.isKilled && starts > 1) return TorchProcess.start(python, options, limit, starts - 1);
      const reason = cause instanceof HpoError ? cause.message : 'it answers in an unknown way';
      throw new HpoError('ERR_ENGINE', `the torch engine does not start with ${python}: ${reason}; ${REMEDY}`, {
        cause,
      });
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** @throws HpoError ERR_ENGINE_FAILED; ERR_ENGINE_CRASHED where the process ended. */
  request(
    message: { readonly op: string; readonly [field: string]: unknown },
    payload: readonly Uint8Array[] = [],
  ): Promise<TorchReply> {
    if (message.op !== 'run') this.killsBefore = outOfMemoryKillCount() ?? Infinity;
    const text = Buffer.from(JSON.stringify(message));
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(text.length, 0);
    const size = payload.reduce((sum, { byteLength }) => sum + byteLength, 0);
    header.writeUInt32LE(size % LARGEST_WORD, 4);
    header.writeUInt32LE(Math.floor(size / LARGEST_WORD), 8);
    if (this.end === undefined) {
      this.child.stdin.write(Buffer.concat([header, text]));
      for (const part of payload) this.child.stdin.write(part);
    }
    return this.expect();
  }

  /** Lets it go; kills it where it does not. */
  async stop(): Promise<void> {
    // Whoever waits for it must not end before it has gone.
    if (this.end === undefined) this.keepAlive(true);
    this.child.stdin.end();
    const timer = setTimeout(() => this.kill(), GRACE);
    await this.ended;
    clearTimeout(timer);
    this.exchange.close();
  }

  private expect(): Promise<TorchReply> {
    if (this.end !== undefined) return Promise.reject(this.end);
    this.keepAlive(true);
    return new Promise((resolve, reject) => this.pending.push({ resolve, reject }));
  }

  /** What cannot be read ends the process: where the next answer begins nobody knows any more. */
  private take(chunk: Buffer): void {
    if (this.end !== undefined) return;
    try {
      this.incoming.add(chunk);
    } catch {
      this.giveUp(UNREADABLE);
    }
  }

  private receive(message: TorchReply): void {
    const { error, notes = [] } = reply.parse(message.text);
    const waiting = this.pending.shift();
    if (this.pending.length === 0) this.keepAlive(false);
    for (const note of notes) console.warn(visibleText(`PyTorch: ${note}`));
    if (error === undefined) waiting?.resolve(message);
    else waiting?.reject(new HpoError('ERR_ENGINE_FAILED', `the torch engine failed: ${error}`));
  }

  /** Nobody waits for a process that has nothing to do: without this one it goes. */
  private keepAlive(isWanted: boolean): void {
    const { stdin, stdout, stderr } = this.child;
    for (const one of [this.child, stdin, stdout, stderr]) {
      if (one !== this.child && !(one instanceof Socket)) continue;
      if (isWanted) one.ref();
      else one.unref();
    }
  }

  /** Whatever it does, it is of no use any more. */
  private giveUp(why: string): void {
    this.end ??= failed(why, this.printed);
    for (const { reject } of this.pending.splice(0)) reject(this.end);
    this.kill();
  }

  /**
   * A Python may be a script that starts one and has not become it. That one is not reached, and keeps the pipes open; it goes by itself, since
   * it has lost its parent, and is not waited for.
   */
  private kill(): void {
    this.child.kill('SIGKILL');
    this.child.stdout.destroy();
    this.child.stderr.destroy();
  }

  private endedBy(signal: NodeJS.Signals): string {
    this.isKilled = this.end === undefined;
    const isForMemory = signal === 'SIGKILL' && (outOfMemoryKillCount() ?? 0) > this.killsBefore;
    return `was ended by ${signal}${isForMemory ? ', which the system does when it is out of memory' : ''}`;
  }

  private print(text: string): void {
    this.printed = (this.printed + text).slice(-LAST_WORDS);
    process.stderr.write(visibleText(text));
  }

  private close(how: string, resolve: () => void): void {
    this.end ??= failed(how, this.printed);
    for (const { reject } of this.pending.splice(0)) reject(this.end);
    resolve();
  }
}

function failed(how: string, printed: string): HpoError {
  const words = printed.trim();
  return new HpoError('ERR_ENGINE_CRASHED', `the process of PyTorch ${how}${words === '' ? '' : `: ${words}`}`);
}

/** Messages out of the pieces in which they arrive, after the greeting. */
class Incoming {
  private isGreeted = false;
  private header = Buffer.alloc(0);
  private body: { readonly textLength: number; readonly data: Buffer; filled: number } | undefined;

  constructor(
    private readonly on: {
      readonly message: (message: TorchReply) => void;
      readonly printed: (text: string) => void;
    },
  ) {}

  /** @throws where it is no message. */
  add(chunk: Buffer): void {
    let rest = this.isGreeted ? chunk : this.greet(chunk);
    while (rest.length > 0) {
      if (this.body === undefined) {
        const wanted = HEADER - this.header.length;
        this.header = Buffer.concat([this.header, rest.subarray(0, wanted)]);
        rest = rest.subarray(wanted);
        if (this.header.length < HEADER) return;
        const textLength = this.header.readUInt32LE(0);
        const size = this.header.readUInt32LE(4) + LARGEST_WORD * this.header.readUInt32LE(8);
        if (textLength > LONGEST_TEXT) throw new RangeError(`expected a text of a message, got ${textLength} bytes`);
        this.body = { textLength, data: Buffer.alloc(textLength + size), filled: 0 };
        this.header = Buffer.alloc(0);
      }
      const { body } = this;
      const taken = rest.copy(body.data, body.filled);
      body.filled += taken;
      rest = rest.subarray(taken);
      if (body.filled < body.data.length) return;
      this.body = undefined;
      const text: unknown = JSON.parse(body.data.toString('utf8', 0, body.textLength));
      this.on.message({ text, payload: body.data.subarray(body.textLength) });
    }
  }

  /** What follows the greeting; what came before it goes to whoever reads what is printed. */
  private greet(chunk: Buffer): Buffer {
    const all = Buffer.concat([this.header, chunk]);
    const at = all.indexOf(GREETING);
    this.isGreeted = at !== -1;
    // The last bytes may be the beginning of a greeting.
    const begun = all.indexOf(GREETING[0] ?? 0, Math.max(0, all.length - GREETING.length + 1));
    const printed = this.isGreeted ? at : begun === -1 ? all.length : begun;
    if (printed > 0) this.on.printed(all.toString('utf8', 0, printed));
    this.header = Buffer.from(this.isGreeted ? '' : all.subarray(printed));
    return this.isGreeted ? all.subarray(at + GREETING.length) : Buffer.alloc(0);
  }
}

/** Threads as given; deterministic products on CUDA (cuBLAS's documentation); threads that wait do not spin. */
function environmentOf({ threads }: TorchOptions): NodeJS.ProcessEnv {
  return {
    CUBLAS_WORKSPACE_CONFIG: ':4096:8',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    OMP_WAIT_POLICY: 'PASSIVE',
    PYTORCH_ENABLE_MPS_FALLBACK: '1',
    ...process.env,
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
