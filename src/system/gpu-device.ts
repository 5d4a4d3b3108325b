// Whether this machine has a GPU that programs can reach, as far as its device files tell.
import { existsSync } from 'node:fs';

/** Of the kernel's graphics drivers, NVIDIA's, AMD's compute driver, and the one by which Linux uses the GPU of Windows. */
const DEVICE_FILES = ['/dev/dri', '/dev/nvidiactl', '/dev/kfd', '/dev/dxg'];

/** False where there is surely none; elsewhere than on Linux nobody knows without trying. */
export function mayHaveGpu(platform: NodeJS.Platform = process.platform, exists = existsSync): boolean {
  return platform !== 'linux' || DEVICE_FILES.some((file) => exists(file));
}
