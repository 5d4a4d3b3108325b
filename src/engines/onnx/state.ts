// Parameters and optimizer slots of the onnxruntime engines, in the layout and the place in which programs use them.
import { must } from '../../system/must.js';
import { Tensor } from 'onnxruntime-node';
import { HpoError } from '../../study/errors.js';
import type { HostTensor, Role } from '../../graph/host-tensor.js';
import { inverseOf, laidOutShape, layoutOf, transposed } from '../../graph/onnx/layout.js';
import type { DeviceState } from '../engine.js';
import { checkWrite } from '../feeds.js';
import type { DeviceCopies } from './device-copies.js';
import type { KeptSession } from './kept-session.js';

export interface Entry {
  readonly shape: readonly number[];
  readonly role: Role;
  current: Tensor;
  /** Where the next update goes; then both change places. Host memory alone. The binding makes a copy of it beside, which nobody reads. */
  spare: Tensor | undefined;
}

export class OnnxState implements DeviceState {
  readonly entries = new Map<string, Entry>();

  private last: Promise<unknown> = Promise.resolve();
  /** Where its arrays on the device came from. */
  private readonly origins = new Set<KeptSession>();

  /** @param copies missing where all lies in the host's memory. */
  constructor(
    private readonly onDispose: () => void,
    private readonly copies?: DeviceCopies,
  ) {}

  /** Runs on one state follow each other, also where their caller does not wait: each needs what the last one wrote. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.last.then(run);
    this.last = result.catch(() => undefined);
    return result;
  }

  write(entries: ReadonlyMap<string, HostTensor>): void {
    for (const [name, tensor] of entries) checkWrite(name, tensor, this.entries.get(name));
    for (const [name, { shape, role, data }] of entries) {
      const laidOut = transposed(data, shape, layoutOf({ shape, role }));
      const current = new Tensor('float32', laidOut, laidOutShape({ shape, role }));
      const old = this.entries.get(name);
      if (old !== undefined) free(old.current);
      this.entries.set(name, { shape: [...shape], role, current, spare: old?.spare });
    }
  }

  /** Arrays of this session are among its entries from now on. */
  holdFrom(origin: KeptSession): void {
    this.origins.add(origin);
    origin.hold(this);
  }

  /** The entry as a program is to be fed with it: on the device from the first time on, where there is one. */
  async operand(entry: Entry): Promise<Tensor> {
    if (this.copies !== undefined && entry.current.location === 'cpu') {
      entry.current = await this.copies.write(entry.current);
    }
    return entry.current;
  }

  read(names: Iterable<string> = this.entries.keys()): Promise<Map<string, HostTensor>> {
    const wanted = [...names];
    return this.copies === undefined ? this.readNow(wanted) : this.inTurn(() => this.readNow(wanted));
  }

  private async readNow(names: readonly string[]): Promise<Map<string, HostTensor>> {
    const result = new Map<string, HostTensor>();
    for (const name of names) {
      const entry = this.entries.get(name);
      if (entry === undefined) throw new HpoError('ERR_GRAPH', `expected an entry of the state, got "${name}" at read`);
      const { shape, role, current } = entry;
      const data = current.location === 'cpu' ? (current.data as Float32Array) : await this.fromDevice(current);
      const back = inverseOf(layoutOf({ shape, role }));
      result.set(name, { shape, role, data: transposed(data, current.dims, back) });
    }
    return result;
  }

  private fromDevice(tensor: Tensor): Promise<Float32Array> {
    return must(this.copies, 'copies on the device').read(tensor);
  }

  dispose(): void {
    for (const { current } of this.entries.values()) free(current);
    this.entries.clear();
    for (const origin of this.origins) void origin.letGo(this);
    this.origins.clear();
    this.onDispose();
  }
}

/** Device memory is not the garbage collector's to find. */
export function free(tensor: Tensor): void {
  if (tensor.location !== 'cpu') tensor.dispose();
}
