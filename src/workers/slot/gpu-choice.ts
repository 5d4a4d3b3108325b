// Which GPUs a study takes: those that it names, or those that nobody else is using.
import { HpoError } from '../../study/errors.js';
import type { Gpu } from '../../system/nvidia-smi.js';
import type { VisibleGpu } from '../../system/visible-gpus.js';
import { formatMemory } from '../../system/format.js';

/** `auto`: all that are free. A number: so many of them. A list: these, by index or UUID. */
export type WantedGpus = 'auto' | number | readonly (number | string)[];

export interface GpuChoice {
  readonly gpus: readonly VisibleGpu[];
  /** What a person should know, such as which GPU was skipped and why. */
  readonly notices: readonly string[];
}

/** Memory that desktops and drivers take of a GPU on which nobody computes. */
const IDLE_SHARE = 0.1;
const IDLE_BYTES = 1.5 * 2 ** 30;
/** NVIDIA's server of several processes on one GPU computes for others, and stays when they have gone (MPS documentation). */
const SHARING_SERVER = /nvidia-cuda-mps-server/;
/** With less than this nothing can be trained. */
const LEAST_FREE = 2 ** 30;

/** @throws HpoError ERR_ENGINE where the study names a GPU that is not there. */
export function chooseGpus(visible: readonly VisibleGpu[], wanted: WantedGpus): GpuChoice {
  const notices: string[] = [];
  if (typeof wanted === 'object') {
    const named = wanted.map((name) => findGpu(visible, name));
    const gpus = [...new Set(named)].filter((device) => hasRoom(device, notices));
    return { gpus, notices };
  }
  const free = visible.filter((device) => isFree(device, notices));
  const gpus = wanted === 'auto' ? free : free.slice(0, wanted);
  if (wanted !== 'auto' && gpus.length < wanted) {
    notices.push(`resources.gpus: expected ${wanted} free GPUs, found ${gpus.length} of ${visible.length}`);
  }
  return { gpus, notices };
}

function findGpu(visible: readonly VisibleGpu[], name: number | string): VisibleGpu {
  const isNamed = ({ id, gpu }: VisibleGpu): boolean =>
    id === String(name) ||
    gpu?.index === Number(name) ||
    (typeof name === 'string' && /^(GPU|MIG)-./.test(name) && id.startsWith(name));
  const matching = visible.filter(isNamed);
  if (matching.length === 1) return matching[0] as VisibleGpu;
  const there = visible.map(({ label, id }) => `${label} (${id})`).join(', ') || 'none';
  throw new HpoError('ERR_ENGINE', `resources.gpus: expected GPUs of this machine, which are ${there}, got ${name}`);
}

/** Nobody computes on it. Processes of other containers cannot be seen, but the memory that they take can. */
function isFree({ label, gpu }: VisibleGpu, notices: string[]): boolean {
  if (gpu === undefined) return true;
  const others = gpu.processes
    .filter(({ name }) => !SHARING_SERVER.test(name))
    .map(({ pid, name }) => `process ${pid} (${name})`)
    .join(', ');
  const { memory } = gpu;
  const isTaken = memory !== undefined && memory.used > Math.max(IDLE_BYTES, IDLE_SHARE * memory.total);
  if (others === '' && !isTaken) return true;
  const used = memory === undefined ? '' : `${formatMemory(memory.used)} of ${formatMemory(memory.total)} in use`;
  notices.push(
    `${label} (${gpu.name}) is busy with other work and is not used: ${[others, used].filter(Boolean).join(', ')}`,
  );
  return false;
}

/** It was named, so others on it are the person's own choice. */
function hasRoom({ label, gpu }: VisibleGpu, notices: string[]): boolean {
  const { memory } = gpu ?? {};
  if (memory === undefined || memory.free >= LEAST_FREE) {
    if ((gpu?.processes.length ?? 0) > 0) notices.push(`${label} (${(gpu as Gpu).name}) is shared with other work`);
    return true;
  }
  notices.push(`${label} is not used: only ${formatMemory(memory.free)} of ${formatMemory(memory.total)} are free`);
  return false;
}
