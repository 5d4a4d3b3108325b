// Parameters and optimizer slots of the torch engine: they live in PyTorch's process, and here is what is known of them.
import { HpoError } from '../../study/errors.js';
import { type HostTensor, sizeOf } from '../../graph/host-tensor.js';
import type { DeviceState } from '../engine.js';
import { checkWrite } from '../feeds.js';
import type { TorchProcess } from './torch-process.js';

export type Entry = Pick<HostTensor, 'shape' | 'role'>;

/** What states and programs of one engine share. */
export interface TorchSession {
  readonly process: TorchProcess;
  /** Those that are on the device. */
  readonly rows: Set<{ isThere: boolean }>;
  /** Tasks follow each other, in the order in which they are given. */
  inTurn<T>(task: () => Promise<T>): Promise<T>;
}

export class TorchState implements DeviceState {
  readonly entries = new Map<string, Entry>();
  private failure: Error | undefined;

  constructor(
    readonly session: TorchSession,
    readonly id: number,
    private readonly onDispose: () => void,
  ) {}

  write(entries: ReadonlyMap<string, HostTensor>): void {
    for (const [name, tensor] of entries) checkWrite(name, tensor, this.entries.get(name));
    for (const [name, { shape, role }] of entries) this.entries.set(name, { shape: [...shape], role });
    const list = [...entries].map(([name, { shape, role }]) => ({ name, shape, role }));
    const payload = [...entries.values()].map(({ data }) => new Uint8Array(data.slice().buffer));
    const message = { op: 'write', state: this.id, entries: list };
    void this.session
      .inTurn(() => this.session.process.request(message, payload))
      .catch((error: unknown) => {
        this.failure = error instanceof Error ? error : new Error(String(error));
      });
  }

  /** Throws what kept the last entries from being written: whoever wrote them did not wait for it. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  read(names: Iterable<string> = this.entries.keys()): Promise<Map<string, HostTensor>> {
    const wanted = [...names];
    return this.session.inTurn(async () => {
      this.check();
      const entries = wanted.map((name) => {
        const entry = this.entries.get(name);
        if (entry !== undefined) return [name, entry] as const;
        throw new HpoError('ERR_GRAPH', `expected an entry of the state, got "${name}" at read`);
      });
      const { payload } = await this.session.process.request({ op: 'read', state: this.id, names: wanted });
      const numbers = new Float32Array(new Uint8Array(payload).buffer);
      let at = 0;
      return new Map(
        entries.map(([name, { shape, role }]) => {
          const begin = at;
          at += sizeOf(shape);
          return [name, { shape, role, data: numbers.slice(begin, at) }];
        }),
      );
    });
  }

  dispose(): void {
    this.onDispose();
    this.entries.clear();
    const { session, id } = this;
    void session.inTurn(() => session.process.request({ op: 'forget state', state: id })).catch(() => {});
  }
}
