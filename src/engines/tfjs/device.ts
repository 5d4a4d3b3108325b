// The backend that a tfjs engine runs on.
import type { TfjsLowering } from '../../graph/tfjs/lowering.js';
import type { EngineName } from '../engine.js';

export interface Device extends TfjsLowering {
  readonly name: EngineName;
}

/** Makes this engine's backend the thread's; at once, since it is initialised. Several engines may be open in a thread. */
export function enter({ tf, name }: Device): void {
  if (tf.getBackend() !== name) void tf.setBackend(name);
}
