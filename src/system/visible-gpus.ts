// Which GPUs a process may use: those that CUDA_VISIBLE_DEVICES leaves it, by CUDA's own rules.
import type { Gpu } from './nvidia-smi.js';

/** A GPU that a child process can be given. */
export interface VisibleGpu {
  /** What CUDA_VISIBLE_DEVICES names it by: its UUID, or an index where no more is known. */
  readonly id: string;
  /** For people, such as 'GPU 0'. */
  readonly label: string;
  /** Missing where nvidia-smi says nothing of it: there is none, or it is a part of a GPU (MIG). */
  readonly gpu?: Gpu;
}

/**
 * The GPUs in the order in which the variable names them, or all where it is not set. Indices are nvidia-smi's. As in CUDA, an
 * empty variable means none, a UUID may be shortened, and the first entry that names no GPU ends the list
 * (CUDA C Programming Guide, "CUDA Environment Variables").
 * @param found what nvidia-smi lists; undefined where it cannot be asked: then entries are taken at their word.
 */
export function visibleGpus(found: readonly Gpu[] | undefined, variable: string | undefined): VisibleGpu[] {
  if (variable === undefined) return (found ?? []).map(known);
  const visible = new Map<string, VisibleGpu>();
  for (const entry of variable.split(',').map((text) => text.trim())) {
    const device = deviceOf(entry, found);
    if (device === undefined) break;
    visible.set(device.id, device);
  }
  return [...visible.values()];
}

function deviceOf(entry: string, found: readonly Gpu[] | undefined): VisibleGpu | undefined {
  const isIndex = /^\d+$/.test(entry);
  if (entry.startsWith('MIG-')) return { id: entry, label: entry.slice(0, 'MIG-'.length + 4) };
  if (!isIndex && !entry.startsWith('GPU-')) return undefined;
  if (found === undefined) return { id: entry, label: isIndex ? `GPU ${entry}` : entry.slice(0, 'GPU-'.length + 4) };
  const matching = found.filter(({ index, uuid }) => (isIndex ? index === Number(entry) : uuid.startsWith(entry)));
  const [only, ...others] = matching;
  return only === undefined || others.length > 0 ? undefined : known(only);
}

function known(gpu: Gpu): VisibleGpu {
  return { id: gpu.uuid, label: `GPU ${gpu.index}`, gpu };
}
