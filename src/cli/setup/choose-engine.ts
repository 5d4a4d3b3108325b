// Which engine a study trains on.
import { HpoError } from '../../study/errors.js';
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import { type EngineDevice, type EngineName, PREFIX_ENGINE } from '../../engines/engine.js';
import { overallSpeed } from '../../engines/probe/measure.js';
import type { ProbeAnswer } from '../../engines/probe/probe.js';
import { counted } from '../../system/format.js';
import type { EngineReport } from './engine-speeds.js';

type Wanted = ResourcesConfiguration['engine'];

export interface ChosenEngine {
  readonly name: EngineName;
  readonly device: EngineDevice;
  /** How it was chosen, where there was a choice; for people. */
  readonly notes: readonly string[];
  /** What should have been otherwise. */
  readonly warnings: readonly string[];
}

export interface EngineSources {
  /** Whether an engine starts and computes what it should. */
  readonly check: (name: EngineName) => Promise<ProbeAnswer>;
  /** All engines, measured now or before; without speeds where only one is worth a thought. */
  readonly measured: () => Promise<readonly EngineReport[]>;
  readonly cores: number;
  /** GPUs that can be given to slots by CUDA; 0 counts as 1 where an engine has found one. */
  readonly gpus: () => Promise<number>;
}

/**
 * The engine of this name; for `auto` the one that gets most images per second out of the whole machine.
 * @param began the engine that the study began on: it stays with that, since numbers differ between engines in their last bits.
 * @throws HpoError ERR_ENGINE where it does not start, or none does.
 */
export async function chooseEngine(wanted: Wanted, sources: EngineSources, began?: EngineName): Promise<ChosenEngine> {
  if (wanted !== 'auto') {
    const chosen = await required(wanted, sources);
    if (began === undefined || began === wanted) return chosen;
    return { ...chosen, warnings: [`the study began on ${began} and goes on with ${wanted}: ${DIFFERENT_NUMBERS}`] };
  }
  if (began === undefined) return fastest(sources);
  const answer = await sources.check(began);
  if (answer.status === 'works') return { name: began, device: answer.device, notes: [], warnings: [] };
  const other = await fastest(sources);
  const what = `the study began on ${began}, which does not start now (${answer.reason}), and goes on with ${other.name}`;
  return { ...other, warnings: [`${what}: ${DIFFERENT_NUMBERS}`, ...other.warnings] };
}

const DIFFERENT_NUMBERS = 'their numbers differ in the last bits';

async function required(name: EngineName, { check }: EngineSources): Promise<ChosenEngine> {
  const answer = await check(name);
  if (answer.status === 'missing') throw new HpoError('ERR_ENGINE', answer.reason);
  return { name, device: answer.device, notes: [], warnings: [] };
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
    const notes = [`engine ${only.name}, the fastest that starts here; \`hpo doctor\` says what others need`];
    return { name: only.name, device: only.device, notes, warnings: onnxWarnings(reports) };
  }
  const count = { cpu: cores, cuda: Math.max(1, await gpus()), webgpu: 1 } as const satisfies Record<
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
  return {
    name: best.name,
    device: best.device,
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
