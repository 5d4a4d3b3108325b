// What an engine needs of the slot that it trains in.
import type { EngineDevice, EngineName } from './engine.js';

/** In a worker thread of this process, or in a child process of the slot's own. */
export type SlotKind = 'thread' | 'process';

/**
 * TensorFlow and CUDA read their devices and thread counts from the environment, once in each process, and a thread cannot
 * change what they read; all WebGPU sessions of a process encode into one command buffer, which two threads destroy, and with it the
 * process (onnxruntime 1.30). PyTorch's process belongs to that of its slot, and ends with it. Each slot has a process of its own then.
 */
export function slotKindOf(engine: EngineName, device: EngineDevice): SlotKind {
  return engine === 'tensorflow' || engine === 'torch' || device !== 'cpu' ? 'process' : 'thread';
}
