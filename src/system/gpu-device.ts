// Whether this machine has a GPU that programs can reach, as far as its device files tell.
import { existsSync } from 'node:fs';

/** Of the kernel's graphics drivers, NVIDIA's, AMD's compute driver, and the one by which Linux uses the GPU of Windows. */
const DEVICE_FILES = ['/dev/dri', '/dev/nvidiactl', '/dev/kfd', '/dev/dxg'];

/** Of NVIDIA's drivers, also that of its Jetson boards, and of AMD's compute driver. */
const COMPUTE_FILES = {
  cuda: ['/dev/nvidiactl', '/dev/nvhost-gpu', '/dev/nvmap', '/dev/dxg'],
  rocm: ['/dev/kfd', '/dev/dxg'],
} as const;

/** False where there is surely none; elsewhere than on Linux nobody knows without trying. */
export function mayHaveGpu(platform: NodeJS.Platform = process.platform, exists = existsSync): boolean {
  return platform !== 'linux' || DEVICE_FILES.some((file) => exists(file));
}

/** The same of GPUs that programs for CUDA or ROCm run on: a processor's own graphics is none of them. */
export function mayHaveComputeGpu(
  kind: keyof typeof COMPUTE_FILES,
  platform: NodeJS.Platform = process.platform,
  exists = existsSync,
): boolean {
  return platform !== 'linux' || COMPUTE_FILES[kind].some((file) => exists(file));
}
