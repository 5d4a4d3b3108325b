// The watcher's side of control from another process: how the study is, and the way to ask something of it.
import { type Socket, connect } from 'node:net';
import { HpoError } from '../../study/errors.js';
import { controlAddress } from './control-place.js';
import { LineSplitter } from './lines.js';
import { type Asked, type RemoteStatus, type StudyCommand, type Told, readTold } from './messages.js';

const LONGEST_LINE = 1 << 20;
/** Milliseconds in which a study answers; its thread may be busy with a suggestion. */
const PATIENCE = 30_000;

/** Milliseconds that a first answer is waited for; later ones are there when they come. */
const FIRST_ANSWER = 300;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: HpoError) => void;
}

export class StudyLink {
  private socket: Socket | undefined;
  private latest: RemoteStatus | undefined;
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();

  /** @param folder `<run>/control`. */
  constructor(private readonly folder: string) {}

  /** What the study said last; undefined where no process offers to be reached. */
  get status(): RemoteStatus | undefined {
    return this.latest;
  }

  /** Connects where there is something to connect to, and waits a moment for its answer. Call it from time to time: studies come and go. */
  async look(): Promise<void> {
    if (this.socket !== undefined) return;
    const address = controlAddress(this.folder);
    if (address === undefined) return;
    await this.connect(address);
  }

  /** Resolves when the study has done it. @throws HpoError ERR_USAGE where it is not to be reached, or refuses. */
  async ask(command: StudyCommand): Promise<void> {
    await this.look();
    const { socket } = this;
    if (socket === undefined) throw refusal('the study is not running, or not to be reached');
    const id = this.nextId++;
    const message: Asked = { id, command };
    const impatience = setTimeout(() => this.settle(id, 'the study did not answer'), PATIENCE);
    try {
      await new Promise<void>((resolve, reject) => {
        this.waiting.set(id, { resolve, reject });
        socket.write(`${JSON.stringify(message)}\n`);
      });
    } finally {
      clearTimeout(impatience);
    }
  }

  close(): void {
    this.socket?.destroy();
  }

  private async connect(address: string): Promise<void> {
    const lines = new LineSplitter(LONGEST_LINE);
    const socket = connect(address);
    this.socket = socket;
    socket.unref();
    socket.on('error', () => {}); // it is closed next
    socket.on('close', () => this.end(socket));
    socket.on('data', (bytes) => {
      const told = lines.push(bytes)?.map(readTold);
      if (told === undefined || told.includes(undefined)) return void socket.destroy();
      for (const one of told) if (one !== undefined) this.receive(one);
    });
    await new Promise<void>((resolve) => {
      const impatience = setTimeout(resolve, FIRST_ANSWER);
      const end = (): void => {
        clearTimeout(impatience);
        resolve();
      };
      socket.once('data', end);
      socket.once('close', end);
    });
  }

  private receive(told: Told): void {
    if ('status' in told) this.latest = told.status;
    else if ('done' in told) this.settle(told.done);
    else this.settle(told.refused, told.message);
  }

  private settle(id: number, problem?: string): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (problem === undefined) waiting?.resolve();
    else waiting?.reject(refusal(problem));
  }

  private end(socket: Socket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.latest = undefined;
    for (const id of [...this.waiting.keys()]) this.settle(id, 'the study ended before it answered');
  }
}

function refusal(message: string): HpoError {
  return new HpoError('ERR_USAGE', message);
}
