// The slots of a study on this machine: from what it asks for, the engine that trains, and the GPUs that are there.
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import { type GpuSurvey, surveyGpus } from '../../system/nvidia-smi.js';
import { visibleGpus } from '../../system/visible-gpus.js';
import { type TogetherQuestion, probeTogether } from '../../engines/probe/probe-together.js';
import { slotKindOf } from '../../engines/slot-kind.js';
import { type GpuChoice, chooseGpus } from '../../workers/slot/gpu-choice.js';
import { type SlotDemand, type SlotPlan, planSlots } from '../../workers/slot/slot-plan.js';
import { counted } from '../../system/format.js';
import type { ChosenEngine } from './choose-engine.js';
import { trialsOnGpu } from './gpu-share.js';
import { type Machine, thisMachine } from './machine.js';

export interface PlannedSlots {
  readonly slots: readonly SlotPlan[];
  /** What a person should know of this machine. */
  readonly notices: readonly string[];
}

/** Where this machine trains nothing. */
export const NO_SLOTS: PlannedSlots = { slots: [], notices: [] };

export interface SlotsOptions {
  readonly resources: ResourcesConfiguration;
  /** Of the command line, or the study. */
  readonly workers: ResourcesConfiguration['workers'];
  readonly trials: number;
  /** Whether each trial is a program of its own, which a process of the slot looks after. */
  readonly isCommand?: boolean;
  /** Default: this one. */
  readonly machine?: Machine;
  readonly env?: NodeJS.ProcessEnv;
  readonly survey?: () => Promise<GpuSurvey>;
  /** Bytes of the largest step of a trial (`stepMemory`). */
  readonly step?: number;
  /** Whether nothing is left to train: nothing is measured then. */
  readonly isIdle?: boolean;
  /** Images per second of several processes of an engine together. */
  readonly together?: (question: TogetherQuestion) => Promise<number | undefined>;
}

const GIBIBYTE = 2 ** 30;
/** Milliseconds for which trials train together to find out how many a GPU carries. */
const MEASURED = 1500;

/**
 * @param engine missing with a trainer of the user's own: that is given GPUs where the study asks for some, and otherwise sees
 * whatever there is.
 * @throws HpoError ERR_ENGINE where the study names a GPU that is not there.
 */
export async function studySlots(
  {
    resources,
    workers,
    trials,
    isCommand = false,
    machine = thisMachine(),
    env = process.env,
    survey = surveyGpus,
    step = 0,
    isIdle = false,
    together = probeTogether,
  }: SlotsOptions,
  engine?: ChosenEngine,
): Promise<PlannedSlots> {
  const { isolation, memoryPerTrial, gpus: wanted } = resources;
  const notices: string[] = [];
  const { device } = engine ?? {};
  const usesCuda = device === undefined ? wanted !== 'auto' : device === 'cuda';
  if (engine !== undefined && !usesCuda && wanted !== 'auto' && wanted !== 0) {
    notices.push(`resources.gpus has no effect: the engine ${engine.name} does not use CUDA`);
  }
  const needed = engine === undefined ? 'thread' : slotKindOf(engine.name, engine.device);
  const isProcess = isolation === 'process' || isCommand || (engine === undefined && isolation === 'auto');
  const chosen = isProcess ? 'process' : needed;
  const others = device === 'webgpu' || device === 'mps' ? 'one' : needed === 'process' ? 'hidden' : 'untouched';
  const gpus = usesCuda ? await gpusFor(wanted, { env, survey, engine }, notices) : others;
  const shareOf = async (): Promise<number> => {
    const gpu = typeof gpus === 'object' ? gpus[0] : undefined;
    if (engine === undefined || (gpu === undefined && gpus !== 'one')) return 1;
    // Of several GPUs that differ, the first speaks for all.
    const own = gpu === undefined ? env : { ...env, CUDA_VISIBLE_DEVICES: gpu.id };
    const { trials: share, note } = await trialsOnGpu({
      measure: (processes) => together({ engine: engine.name, processes, milliseconds: MEASURED, env: own }),
      free: gpu?.gpu?.memory?.free,
      step,
      most: workers === 'auto' ? trials : Math.min(workers, trials),
    });
    notices.push(note);
    return share;
  };
  const slots = planSlots({
    kind: chosen,
    workers,
    trials,
    gpus,
    trialsPerGpu: resources.trialsPerGpu !== 'auto' ? resources.trialsPerGpu : isIdle ? 1 : await shareOf(),
    cores: machine.cores,
    memory: machine.memory,
    memoryPerTrial: memoryPerTrial === undefined ? undefined : memoryPerTrial * GIBIBYTE,
    env,
  });
  if (isolation === 'thread' && slots.some(({ kind }) => kind === 'process')) {
    notices.push(
      'resources.isolation has no effect: trials train in processes, because a thread cannot have its own GPU or cores, two threads cannot use WebGPU, and a command is a process',
    );
  }
  const most = Math.min(workers === 'auto' ? 0 : workers, trials);
  if (slots.length < most) notices.push(`${counted(slots.length, 'worker')}: the GPUs have no room for ${most}`);
  return { slots, notices };
}

async function gpusFor(
  wanted: ResourcesConfiguration['gpus'],
  {
    env,
    survey,
    engine,
  }: Required<Pick<SlotsOptions, 'env' | 'survey'>> & { readonly engine: ChosenEngine | undefined },
  notices: string[],
): Promise<SlotDemand['gpus']> {
  if (wanted === 0 || (typeof wanted === 'object' && wanted.length === 0)) return 'hidden';
  const found = await survey();
  if (found.status === 'failed') notices.push(`nvidia-smi fails: ${found.reason}`);
  const named = env['CUDA_VISIBLE_DEVICES'];
  // A GPU of AMD, or a container without the program: the engine has found one all the same.
  if (found.status === 'absent' && named === undefined && engine?.device === 'cuda' && typeof wanted !== 'object') {
    notices.push('there is no nvidia-smi: trials use the one GPU that the engine finds first');
    return 'one';
  }
  const visible = visibleGpus(found.status === 'found' ? found.gpus : undefined, named);
  const choice: GpuChoice = chooseGpus(visible, wanted);
  notices.push(...choice.notices);
  if (choice.gpus.length > 0) return choice.gpus;
  notices.push('no GPU is free: trials train on the processor');
  return 'hidden';
}
