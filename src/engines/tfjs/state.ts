// Parameters and optimizer slots of the tfjs engines, as tensors of their backend.
import { HpoError } from '../../study/errors.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import type { TfjsTensor } from '../../graph/tfjs/lowering.js';
import type { DeviceState } from '../engine.js';
import { checkWrite } from '../feeds.js';
import { type Device, enter } from './device.js';

export interface Entry extends Pick<HostTensor, 'shape' | 'role'> {
  tensor: TfjsTensor;
}

export class TfjsState implements DeviceState {
  readonly entries = new Map<string, Entry>();

  constructor(
    private readonly device: Device,
    private readonly onDispose: () => void,
  ) {}

  write(entries: ReadonlyMap<string, HostTensor>): void {
    enter(this.device);
    for (const [name, tensor] of entries) checkWrite(name, tensor, this.entries.get(name));
    for (const [name, { shape, role, data }] of entries) {
      this.entries.get(name)?.tensor.dispose();
      this.entries.set(name, {
        shape: [...shape],
        role,
        tensor: this.device.tf.tensor(data.slice(), [...shape], 'float32'),
      });
    }
  }

  async read(names: Iterable<string> = this.entries.keys()): Promise<Map<string, HostTensor>> {
    enter(this.device);
    const wanted = [...names].map((name) => {
      const entry = this.entries.get(name);
      if (entry === undefined) throw new HpoError('ERR_GRAPH', `expected an entry of the state, got "${name}" at read`);
      return [name, entry] as const;
    });
    const tensors = await Promise.all(
      wanted.map(
        async ([name, { shape, role, tensor }]) => [name, { shape, role, data: await copyOf(tensor) }] as const,
      ),
    );
    return new Map(tensors);
  }

  dispose(): void {
    for (const { tensor } of this.entries.values()) tensor.dispose();
    this.entries.clear();
    this.onDispose();
  }
}

export async function copyOf(tensor: TfjsTensor): Promise<Float32Array> {
  return Float32Array.from((await tensor.data()) as Float32Array);
}
