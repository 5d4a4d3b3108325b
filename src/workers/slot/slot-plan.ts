// What each slot of a study trains on, and the environment that its child process sees.
import type { VisibleGpu } from '../../system/visible-gpus.js';
import type { SlotSetup } from '../piscina-runner.js';
import type { SlotDevice } from './slot-device.js';

export interface SlotPlan extends SlotSetup, SlotDevice {}

export interface SlotDemand {
  readonly kind: SlotSetup['kind'];
  /** How many, where there is no GPU; at most so many where there are. */
  readonly workers: 'auto' | number;
  readonly trials: number;
  /**
   * GPUs to train on, each in a process that sees no other. `one`: one that the engine finds by itself. `hidden`: none is to be seen.
   * `untouched`: whatever there is.
   */
  readonly gpus: readonly VisibleGpu[] | 'one' | 'hidden' | 'untouched';
  readonly trialsPerGpu: number;
  readonly cores: number;
  /** Bytes, of the machine. */
  readonly memory: number;
  /** Bytes that a trial's process may take. */
  readonly memoryPerTrial?: number | undefined;
  /** The environment that child processes start from. */
  readonly env: NodeJS.ProcessEnv;
}

/** Libraries that bring threads of their own read how many from these. */
const THREAD_VARIABLES = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'TF_NUM_INTRAOP_THREADS',
  'UV_THREADPOOL_SIZE',
] as const;

/** While less than this share of the machine's memory is left, slots that take more than theirs give way. */
const RESERVE = 0.04;

/** The slots in order. With fewer than all, they spread over the GPUs. */
export function planSlots(demand: SlotDemand): SlotPlan[] {
  const { gpus, trialsPerGpu, workers, trials, cores, kind } = demand;
  const named = typeof gpus === 'object' && gpus.length > 0 ? gpus : undefined;
  const gpuCount = named?.length ?? (gpus === 'one' ? 1 : undefined);
  const room = gpuCount === undefined ? Infinity : gpuCount * trialsPerGpu;
  const wanted = workers === 'auto' ? (gpuCount === undefined ? cores : room) : workers;
  const count = Math.max(1, Math.min(wanted, room, trials));
  return Array.from({ length: count }, (_, slot) => {
    const gpu = named?.[slot % named.length];
    return {
      device: gpu?.label ?? (gpus === 'one' ? 'GPU' : `cpu ${slot + 1}`),
      kind: gpu === undefined ? kind : 'process',
      ...(gpu === undefined ? {} : { gpu }),
      env: { ...threadCounts(demand.env, coresOfEach(count, cores)), ...deviceVariables(gpu, demand) },
      memory: {
        share: Math.floor(demand.memory / count),
        reserve: Math.floor(demand.memory * RESERVE),
        ...(demand.memoryPerTrial === undefined ? {} : { limit: demand.memoryPerTrial }),
      },
    };
  });
}

/** Cores of one slot of so many. */
function coresOfEach(slots: number, cores: number): number {
  return Math.max(1, Math.floor(cores / slots));
}

/** No more threads than cores in all; fewer where the person has set fewer. */
function threadCounts(env: NodeJS.ProcessEnv, share: number): Record<string, string> {
  const counts: Record<string, string> = { TF_NUM_INTEROP_THREADS: '1' };
  for (const name of THREAD_VARIABLES) {
    const set = Number(env[name]);
    counts[name] = String(set >= 1 ? Math.min(set, share) : share);
  }
  return counts;
}

/**
 * TensorFlow uploads to the last GPU that it sees and computes on the first, so a process sees exactly one; it takes all of its
 * memory at once unless told to grow; and indices mean what nvidia-smi shows only in the order of the PCI bus.
 */
export function gpuVariables({ id, gpu }: VisibleGpu, env: NodeJS.ProcessEnv): Record<string, string> {
  // An index that nvidia-smi does not know was written by somebody who may count in another order.
  const order = gpu === undefined ? env['CUDA_DEVICE_ORDER'] : undefined;
  return {
    CUDA_VISIBLE_DEVICES: id,
    CUDA_DEVICE_ORDER: order ?? 'PCI_BUS_ID',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
}

/** What hides every GPU. AMD's libraries read both, and take an empty one for one that is not set. */
export const NO_GPU: Readonly<Record<string, string>> = { CUDA_VISIBLE_DEVICES: '-1', HIP_VISIBLE_DEVICES: '-1' };

function deviceVariables(gpu: VisibleGpu | undefined, { gpus, env }: SlotDemand): Readonly<Record<string, string>> {
  if (gpu !== undefined) return gpuVariables(gpu, env);
  return gpus === 'hidden' ? NO_GPU : {};
}
