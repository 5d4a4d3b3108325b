// Which engines are worth trying: a process for each that cannot start is time wasted.
import { mayHaveComputeGpu, mayHaveGpu } from '../system/gpu-device.js';
import type { EngineName } from './engine.js';
import { hasTensorflow } from './tensorflow/load.js';
import { type FoundTorch, findTorch } from './torch/find-python.js';

/**
 * False where an engine surely cannot start here, or only without the device that it is for: WebGPU also runs on processors, by way of a
 * software driver, more slowly than any engine made for them. PyTorch on processors is for who asks for it: to try it takes seconds of every
 * first study, for which it is no faster than onnxruntime unless most of the network is trained.
 */
export function mayStart(name: EngineName): boolean {
  switch (name) {
    case 'cuda':
    case 'webgpu':
      return mayHaveGpu();
    case 'torch':
      return mayUseGpu(findTorch());
    case 'tensorflow':
      return hasTensorflow();
    default:
      return true;
  }
}

/** Whether PyTorch was built for a GPU, and there may be one. */
function mayUseGpu(torch: FoundTorch | undefined): boolean {
  if (torch?.accelerator === undefined) return false;
  return torch.accelerator === 'mps' || mayHaveComputeGpu(torch.accelerator);
}
