// Which engines are worth trying: a process for each that cannot start is time wasted.
import { mayHaveGpu } from '../system/gpu-device.js';
import type { EngineName } from './engine.js';
import { hasTensorflow } from './tensorflow/load.js';

/**
 * False where an engine surely cannot start here, or only without the device that it is for: WebGPU also runs on processors, by way of a
 * software driver, more slowly than any engine made for them.
 */
export function mayStart(name: EngineName): boolean {
  switch (name) {
    case 'cuda':
    case 'webgpu':
      return mayHaveGpu();
    case 'tensorflow':
      return hasTensorflow();
    default:
      return true;
  }
}
