// Which engine a study trains on: the one it asks for, the one it began on, or the fastest of this machine.
import { type EngineDevice, type EngineName, PREFIX_ENGINE } from '../../engines/engine.js';
import { type EngineSpeed, overallSpeed } from '../../engines/probe/measure.js';
import { type ProbeAnswer, type ProbeQuestion, probeEngine } from '../../engines/probe/probe.js';
import { HpoError } from '../../study/errors.js';
import { counted } from '../../system/format.js';
import { precisionsOf } from '../../engines/precisions.js';
import type { Precision } from '../../study/precision.js';
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import { type WantedGpus, chooseGpus } from '../../workers/slot/gpu-choice.js';
import { type Gpu, surveyGpus } from '../../system/nvidia-smi.js';
import { visibleGpus } from '../../system/visible-gpus.js';
import type { Messages } from '../messages.js';
import { type EngineReport, engineSpeeds } from './engine-speeds.js';
import { NO_GPU, gpuVariables } from '../../workers/slot/slot-plan.js';
import { thisMachine } from './machine.js';
import { commandName } from '../../system/command-name.js';

export interface ChosenEngine {
  readonly name: EngineName;
  readonly device: EngineDevice;
  /** Images a second of one core or GPU in a short measurement; missing where it was not measured. */
  readonly speed?: EngineSpeed;
  /** How it was chosen, where there was a choice; for people. */
  readonly notes: readonly string[];
  /** What should have been otherwise. */
  readonly warnings: readonly string[];
}

/** What the choice depends on. */
export interface EngineSources {
  /** Whether an engine starts and computes what it should. */
  readonly check: (name: EngineName) => Promise<ProbeAnswer>;
  /** All engines, measured now or before; without speeds where only one is worth a thought. */
  readonly measured: () => Promise<readonly EngineReport[]>;
  readonly cores: number;
  /** GPUs that can be given to slots by CUDA; 0 counts as 1 where an engine has found one. */
  readonly gpus: () => Promise<number>;
}

export interface EngineChoiceOptions extends Pick<Messages, 'onProgress'> {
  /** The engine that the study began on: it stays with that, since numbers differ between engines in their last bits. */
  readonly began?: EngineName | undefined;
  /** Of products and convolutions, that trials may have; default float32 alone. */
  readonly precisions?: readonly Precision[];
  /** GPUs that the study may take: engines are tried on the first of them. Default: those that are free. */
  readonly gpus?: WantedGpus;
  /** Whether its speed is wanted. */
  readonly measures?: boolean;
  /** Ends what was started. */
  readonly signal?: AbortSignal;
  /** Waited for before anything is timed: whoever measures time wants the machine for itself. */
  readonly beforeMeasuring?: () => Promise<unknown>;
  /** Default: this machine. */
  readonly sources?: EngineSources;
}

/**
 * The engine of this name; for `auto` the one that gets most images per second out of the whole machine, or the one that has the precisions.
 * @throws HpoError ERR_ENGINE where it does not start, or none does; ERR_STUDY_INVALID where it lacks a precision.
 */
export async function chooseEngine(
  wanted: ResourcesConfiguration['engine'],
  options: EngineChoiceOptions = {},
): Promise<ChosenEngine> {
  const half = options.precisions?.find((precision) => precision !== 'float32');
  if (half === undefined) return chooseStarting(wanted, options);
  const name = wanted === 'auto' ? 'torch' : wanted;
  if (!precisionsOf(name).includes(half)) {
    const message = `training.precision: expected float32 on the engine ${name}, found ${half}, which the engine torch has (resources.engine, --engine)`;
    throw new HpoError('ERR_STUDY_INVALID', message);
  }
  return chooseStarting(name, options).catch((error: unknown) => {
    if (wanted !== 'auto' || !(error instanceof HpoError) || error.code !== 'ERR_ENGINE') throw error;
    const message = `training.precision ${half} needs the engine torch: ${error.message}`;
    throw new HpoError('ERR_ENGINE', message, { cause: error });
  });
}

async function chooseStarting(
  wanted: ResourcesConfiguration['engine'],
  options: EngineChoiceOptions = {},
): Promise<ChosenEngine> {
  const { began, sources = sourcesOfMachine(options) } = options;
  const name = wanted === 'auto' ? began : wanted;
  if (name === undefined) return withSpeed(await fastest(sources), options, sources);
  if (options.measures === true) await options.beforeMeasuring?.();
  const answer = await sources.check(name);
  if (answer.status === 'works') {
    const { device } = answer;
    const speed = options.measures !== true || answer.speed === undefined ? {} : { speed: answer.speed };
    if (began === undefined || began === name) return { name, device, ...speed, notes: [], warnings: [] };
    return {
      name,
      device,
      notes: [],
      warnings: [`the study began on ${began} and continues on ${name}: ${DIFFERENT}`],
    };
  }
  if (wanted !== 'auto') throw new HpoError('ERR_ENGINE', answer.reason);
  const other = await fastest(sources);
  const what = `the study began on ${name}, which no longer starts (${answer.reason}), and continues on ${other.name}`;
  return { ...other, warnings: [`${what}: ${DIFFERENT}`, ...other.warnings] };
}

/** An engine that needs no comparison was not measured yet. */
async function withSpeed(
  { speed, ...chosen }: ChosenEngine,
  { measures = false, beforeMeasuring }: EngineChoiceOptions,
  { check }: EngineSources,
): Promise<ChosenEngine> {
  if (!measures) return chosen;
  if (speed !== undefined) return { ...chosen, speed };
  await beforeMeasuring?.();
  const answer = await check(chosen.name);
  return answer.status === 'works' && answer.speed !== undefined ? { ...chosen, speed: answer.speed } : chosen;
}

const DIFFERENT = 'their numbers differ in the last bits';

/** Milliseconds for each of the probe's two tasks. */
const SHORT = 60;
/** Milliseconds for an engine that is wanted: importing PyTorch from a slow disk takes minutes. One that may be chosen gets less. */
const PATIENCE = 900_000;

/** What this machine says of its engines and GPUs. */
function sourcesOfMachine({
  onProgress,
  signal,
  beforeMeasuring,
  measures = false,
  gpus: wanted = 'auto',
}: EngineChoiceOptions): EngineSources {
  let surveyed: Promise<readonly Gpu[]> | undefined;
  const gpus = (): Promise<readonly Gpu[]> =>
    (surveyed ??= surveyGpus().then((survey) => (survey.status === 'found' ? survey.gpus : [])));
  const hidesGpus = wanted === 0 || (typeof wanted === 'object' && wanted.length === 0);
  const probe = async (question: ProbeQuestion, patience?: number): Promise<ProbeAnswer> => {
    // nvidia-smi takes its time.
    const variables = CUDA_ENGINES.includes(question.engine) && !hidesGpus ? variablesOf(await gpus(), wanted) : {};
    const env = { ...process.env, ...(hidesGpus ? NO_GPU : variables) };
    return probeEngine({ ...question, env }, signal, patience);
  };
  const onMeasure = async (): Promise<void> => {
    await beforeMeasuring?.();
    onProgress?.('measuring the engines of this machine, once');
  };
  return {
    check: (name) => probe({ engine: name, milliseconds: measures ? SHORT : 0 }, PATIENCE),
    measured: async () =>
      engineSpeeds({ gpus: await gpus(), hidesGpus, probe: (question) => probe(question), onMeasure, forChoice: true }),
    cores: thisMachine().cores,
    gpus: async () => visibleGpus([...(await gpus())], process.env['CUDA_VISIBLE_DEVICES']).length,
  };
}

/** What may compute on CUDA. */
const CUDA_ENGINES: readonly EngineName[] = ['cuda', 'torch', 'tensorflow'];

/** With these CUDA shows the first GPU that the study may take; none where no such GPU is known. */
function variablesOf(found: readonly Gpu[], wanted: WantedGpus): Readonly<Record<string, string>> {
  const visible = visibleGpus(found, process.env['CUDA_VISIBLE_DEVICES']);
  try {
    const [first] = chooseGpus(visible, wanted).gpus;
    return first?.gpu === undefined ? {} : gpuVariables(first, process.env);
  } catch {
    return {}; // a GPU that is not there: whoever plans the slots says so
  }
}

interface Candidate {
  readonly name: EngineName;
  /** Images per second of the whole machine. */
  readonly speed: number;
  /** What it computes on, for people. */
  readonly on: string;
}

async function fastest({ measured, cores, gpus }: EngineSources): Promise<ChosenEngine> {
  const reports = await measured();
  const working = reports.flatMap(({ name, answer }) => (answer.status === 'works' ? [{ name, ...answer }] : []));
  const [only] = working;
  if (only !== undefined && working.length === 1 && only.speed === undefined) {
    const notes = [
      `engine ${only.name}, the fastest that starts here; \`${commandName()} doctor\` shows what other engines need`,
    ];
    return { name: only.name, device: only.device, notes, warnings: onnxWarnings(reports) };
  }
  const count = { cpu: cores, cuda: Math.max(1, await gpus()), webgpu: 1, mps: 1 } as const satisfies Record<
    EngineDevice,
    number
  >;
  // The frozen part runs on all cores, whatever trains.
  const prefix = working.find(({ name }) => name === PREFIX_ENGINE)?.speed;
  const candidates = working.flatMap(({ name, device, speed }): (Candidate & { readonly device: EngineDevice })[] => {
    if (speed === undefined) return [];
    const forward = prefix === undefined ? speed.forward * count[device] : prefix.forward * cores;
    const on = counted(count[device], device === 'cpu' ? 'core' : 'GPU');
    return [{ name, device, on, speed: overallSpeed({ training: speed.training * count[device], forward }) }];
  });
  const [best, ...others] = candidates.sort((a, b) => b.speed - a.speed);
  const missing = reports.flatMap(({ answer }) => (answer.status === 'missing' ? [answer.reason] : []));
  if (best === undefined) {
    throw new HpoError('ERR_ENGINE', ['no engine starts on this machine:', ...missing].join('\n  '));
  }
  const slower = others.map((other) => `${other.name} ${perSecond(other)}`);
  const note = `engine ${best.name}: ${perSecond(best)} in a short measurement${slower.length > 0 ? `; ${slower.join(', ')}` : ''}`;
  const speed = working.find(({ name }) => name === best.name)?.speed;
  return {
    name: best.name,
    device: best.device,
    ...(speed === undefined ? {} : { speed }),
    notes: [note],
    warnings: onnxWarnings(reports),
  };
}

/** It comes with the package and needs nothing. */
function onnxWarnings(reports: readonly EngineReport[]): string[] {
  const answer = reports.find(({ name }) => name === 'onnx')?.answer;
  return answer?.status === 'missing' ? [answer.reason] : [];
}

function perSecond({ speed, on }: Candidate): string {
  return `${Math.round(speed)} images/s (${on})`;
}
