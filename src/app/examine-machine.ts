// Everything about this machine that matters to a study.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../system/cache-folder.js';
import { type GpuSurvey, surveyGpus } from '../system/nvidia-smi.js';
import { weightsPlace, type WeightsPlace } from '../backbones/backbone-weights.js';
import { BACKBONES } from '../backbones/registry.js';
import { probeEngine } from '../engines/probe/probe.js';
import { type Installation, readInstallation } from '../engines/tensorflow/installation.js';
import { type FoundTorch, findTorch } from '../engines/torch/find-python.js';
import type { PreparationSpeed } from '../images/preparation-wait.js';
import type { Messages } from './messages.js';
import { readVersion } from '../system/versions.js';
import { type EngineReport, engineSpeeds } from './setup/engine-speeds.js';
import { thisMachine } from './setup/machine.js';

export interface Diagnosis {
  readonly hpo: string;
  readonly node: string;
  readonly platform: string;
  readonly processor: { readonly model: string; readonly cores: number };
  /** Bytes that this process may use. */
  readonly memory: number;
  readonly gpus: GpuSurvey;
  readonly engines: readonly EngineReport[];
  /** How many images each core prepares for an engine. Missing where sharp does not load: no image can be read then. */
  readonly preparation?: PreparationSpeed;
  readonly tensorflow: Installation | null;
  /** The PyTorch that the engine torch would use, as its files tell. */
  readonly torch: FoundTorch | null;
  readonly cache: CacheState;
  readonly weights: readonly { readonly backbone: string; readonly place: WeightsPlace }[];
  /** Whether images can be read, an engine works and the cache can be written. */
  readonly canRun: boolean;
}

export interface CacheState {
  readonly folder: string;
  readonly writable: boolean;
  /** Bytes of each folder in it. */
  readonly parts: Readonly<Record<string, number>>;
  /** Bytes left on its disk, where the system tells. */
  readonly free?: number;
}

export interface ExamineMachineOptions extends Pick<Messages, 'onProgress'> {
  /** Measures the engines anew. */
  readonly fresh?: boolean | undefined;
}

/** Milliseconds for each part of the preparation of images. */
const PREPARATION_MS = 200;

/** Everything about this machine that matters to a study. Never rejects for what is missing: that is the answer. */
export async function examineMachine(options: ExamineMachineOptions = {}): Promise<Diagnosis> {
  const gpus = await surveyGpus();
  const engines = await speedsOf(gpus, options);
  const { cores, memory } = thisMachine();
  const cache = await examineCache();
  const preparation = await measurePreparation();
  return {
    hpo: readVersion(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    processor: { model: cpus()[0]?.model.trim() ?? 'unknown', cores },
    memory,
    gpus,
    engines,
    ...(preparation === undefined ? {} : { preparation }),
    tensorflow: readInstallation() ?? null,
    torch: findTorch() ?? null,
    cache,
    weights: BACKBONES.map((backbone) => ({ backbone: backbone.name, place: weightsPlace(backbone) })),
    canRun: preparation !== undefined && cache.writable && engines.some(({ answer }) => answer.status === 'works'),
  };
}

/** Undefined where sharp does not load: its binary may be of another platform. */
async function measurePreparation(): Promise<PreparationSpeed | undefined> {
  const loaded = await import('../images/preparation-speed.js').catch(() => undefined);
  return loaded?.preparationSpeed(PREPARATION_MS);
}

/** The engines of this machine: how fast, or why not. Measures where that was not done. */
export async function listEngines(options: ExamineMachineOptions = {}): Promise<readonly EngineReport[]> {
  return speedsOf(await surveyGpus(), options);
}

function speedsOf(survey: GpuSurvey, { fresh, onProgress }: ExamineMachineOptions): Promise<readonly EngineReport[]> {
  return engineSpeeds({
    gpus: survey.status === 'found' ? survey.gpus : [],
    probe: probeEngine,
    onMeasure: () => onProgress?.('measuring the engines of this machine'),
    fresh: fresh === true,
  });
}

async function examineCache(folder = cacheFolder()): Promise<CacheState> {
  const parts: Record<string, number> = {};
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) parts[entry.name] = await sizeOf(join(folder, entry.name));
  }
  const disk = await statfs(folder).catch(() => undefined);
  const free = disk === undefined ? {} : { free: disk.bavail * disk.bsize };
  return { folder, writable: isWritable(folder), parts, ...free };
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Files may come and go meanwhile. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sizeOf(path);
    return entry.isFile() ? (await stat(path).catch(() => ({ size: 0 }))).size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
