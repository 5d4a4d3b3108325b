// How fast the engines of this machine are: measured once, remembered until something that matters changes.
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../system/atomic-file.js';
import { cacheFolder } from '../../system/cache-folder.js';
import type { Gpu } from '../../system/nvidia-smi.js';
import { ENGINE_NAMES, type EngineName } from '../../study/engine-names.js';
import type { ProbeAnswer, ProbeQuestion } from '../../engines/probe/probe.js';
import { mayStart } from '../../engines/may-start.js';
import { readInstallation } from '../../engines/tensorflow/installation.js';
import { findTorch } from '../../engines/torch/find-python.js';
import { readVersion } from '../../system/versions.js';
import { readRegularFileSync } from '../../system/regular-file.js';

export interface EngineReport {
  readonly name: EngineName;
  readonly answer: ProbeAnswer;
}

/** Raised whenever speeds are measured otherwise than before. */
const PROBE_VERSION = 3;
/** Milliseconds for each of the two tasks of an engine. */
const BUDGET = 500;
/** Plain JavaScript is hundreds of times slower than the rest: it is tried where nothing else starts, and not timed. */
const LAST_RESORT: EngineName = 'cpu';
/** What may be faster than onnxruntime on processors. On no machine is WebAssembly: there it takes four times as long. */
const RIVALS: readonly EngineName[] = ['cuda', 'torch', 'tensorflow', 'webgpu'];

const file = z.object({
  key: z.string(),
  /** Whether all engines were tried, and those that start were measured. */
  complete: z.boolean(),
  reports: z.array(
    z.object({
      name: z.enum(ENGINE_NAMES),
      answer: z.discriminatedUnion('status', [
        z.object({
          status: z.literal('works'),
          device: z.enum(['cpu', 'cuda', 'webgpu', 'mps']),
          speed: z.object({ training: z.number(), forward: z.number() }).optional(),
        }),
        z.object({ status: z.literal('missing'), reason: z.string() }),
      ]),
    }),
  ),
});

export interface SpeedOptions {
  readonly gpus: readonly Gpu[];
  /** Whether no GPU may be used. */
  readonly hidesGpus?: boolean;
  readonly probe: (question: ProbeQuestion) => Promise<ProbeAnswer>;
  /** Called before anything is measured, and waited for. */
  readonly onMeasure?: () => void | Promise<void>;
  /** Measures nothing where only the engine starts that would be chosen anyway: it is then the only one of the reports that works. */
  readonly forChoice?: boolean;
  /** Whether an engine is worth trying for a choice. */
  readonly mayStart?: (name: EngineName) => boolean;
  /** Measures anew. */
  readonly fresh?: boolean;
  readonly path?: string;
}

/** Every engine, in turn, so that none disturbs another. Where the cache cannot be written it is measured every time. */
export async function engineSpeeds(options: SpeedOptions): Promise<readonly EngineReport[]> {
  const { gpus, probe, onMeasure, forChoice = false, fresh = false } = options;
  const { path = join(cacheFolder(), 'engines', 'speeds.json') } = options;
  // Asking for GPUs has made NVIDIA's driver put its device files there, if it is one.
  const rivals = RIVALS.filter(options.mayStart ?? mayStart);
  const key = machineKey(gpus, rivals, options.hidesGpus === true);
  const known = fresh ? undefined : remembered(path, key, forChoice);
  if (known !== undefined) return known;
  const reports = forChoice ? await unrivalled(probe, rivals) : undefined;
  if (reports !== undefined) return remember(path, { key, complete: false, reports });
  await onMeasure?.();
  return remember(path, { key, complete: true, reports: await measureAll(probe) });
}

async function measureAll(probe: SpeedOptions['probe']): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  const measure = async (name: EngineName, milliseconds = BUDGET): Promise<void> => {
    reports.push({ name, answer: await probe({ engine: name, milliseconds }) });
  };
  for (const name of ENGINE_NAMES) if (name !== LAST_RESORT) await measure(name);
  if (reports.every(({ answer }) => answer.status === 'missing')) await measure(LAST_RESORT, 0);
  return reports;
}

/** onnxruntime and its rivals, where it starts and none of them does. All at once: nothing is timed. */
async function unrivalled(
  probe: SpeedOptions['probe'],
  rivals: readonly EngineName[],
): Promise<EngineReport[] | undefined> {
  const check = async (name: EngineName): Promise<EngineReport> => {
    return { name, answer: await probe({ engine: name, milliseconds: 0 }) };
  };
  const reports = await Promise.all((['onnx', ...rivals] as const).map(check));
  const isUnrivalled = reports.every(({ name, answer }) => (name === 'onnx') === (answer.status === 'works'));
  return isUnrivalled ? reports : undefined;
}

interface Found extends Omit<z.infer<typeof file>, 'reports'> {
  readonly reports: readonly EngineReport[];
}

/** Of the file. */
const MOST_BYTES = 1e6;

function remembered(path: string, key: string, forChoice: boolean): readonly EngineReport[] | undefined {
  try {
    const { success, data } = file.safeParse(JSON.parse(readRegularFileSync(path, MOST_BYTES).toString('utf8')));
    return success && data.key === key && (data.complete || forChoice) ? (data.reports as EngineReport[]) : undefined;
  } catch {
    return undefined;
  }
}

/** What another moment may answer otherwise is not remembered. */
async function remember(path: string, found: Found): Promise<readonly EngineReport[]> {
  if (found.reports.some(({ answer }) => answer.status === 'missing' && answer.mayPass === true)) return found.reports;
  await mkdir(dirname(path), { recursive: true })
    .then(() => writeAtomically(path, [Buffer.from(JSON.stringify(found, null, 2))], { durable: false }))
    .catch(() => undefined);
  return found.reports;
}

/** What the speeds depend on. */
function machineKey(gpus: readonly Gpu[], rivals: readonly EngineName[], hidesGpus: boolean): string {
  const parts = [
    PROBE_VERSION,
    ...[readVersion(), process.version, process.arch, cpus()[0]?.model, availableParallelism()],
    ...PACKAGES.map(versionOf),
    readInstallation()?.installed,
    findTorch(),
    ...gpus.map(({ name, driver }) => `${name} ${driver}`),
    rivals,
    hidesGpus ? 'none' : process.env['CUDA_VISIBLE_DEVICES'],
    process.env['VK_ICD_FILENAMES'],
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

const PACKAGES = [
  'onnxruntime-node',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
];

function versionOf(name: string): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return undefined;
  }
}
