// How fast the engines of this machine are: measured once, remembered until something that matters changes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../system/atomic-file.js';
import { cacheFolder } from '../../system/cache-folder.js';
import type { Gpu } from '../../system/nvidia-smi.js';
import { ENGINE_NAMES, type EngineName } from '../../trainer/engines/engine.js';
import type { ProbeAnswer, ProbeQuestion } from '../../trainer/engines/probe/probe.js';
import { readInstallation } from '../../trainer/engines/tensorflow/installation.js';
import { readVersion } from '../read-version.js';

export interface EngineReport {
  readonly name: EngineName;
  readonly answer: ProbeAnswer;
}

/** Milliseconds for each of the two tasks of an engine. */
const BUDGET = 500;
/** Plain JavaScript is hundreds of times slower than the rest: it is measured where nothing else starts. */
const LAST_RESORT: EngineName = 'cpu';

const file = z.object({
  key: z.string(),
  reports: z.array(
    z.object({
      name: z.enum(ENGINE_NAMES),
      answer: z.discriminatedUnion('status', [
        z.object({
          status: z.literal('works'),
          device: z.enum(['cpu', 'cuda', 'webgpu']),
          speed: z.object({ training: z.number(), forward: z.number() }),
        }),
        z.object({ status: z.literal('missing'), reason: z.string() }),
      ]),
    }),
  ),
});

export interface SpeedOptions {
  readonly gpus: readonly Gpu[];
  readonly probe: (question: ProbeQuestion) => Promise<ProbeAnswer>;
  /** Told before anything is measured. */
  readonly onMeasure?: () => void;
  /** Measures anew. */
  readonly fresh?: boolean;
  readonly path?: string;
}

/** Every engine, in turn, so that none disturbs another. Where the cache cannot be written it is measured every time. */
export async function engineSpeeds(options: SpeedOptions): Promise<readonly EngineReport[]> {
  const { gpus, probe, onMeasure, fresh = false, path = join(cacheFolder(), 'engines', 'speeds.json') } = options;
  const key = machineKey(gpus);
  const known = fresh ? undefined : remembered(path, key);
  if (known !== undefined) return known;
  onMeasure?.();
  const reports: EngineReport[] = [];
  const measure = async (name: EngineName): Promise<void> => {
    reports.push({ name, answer: await probe({ engine: name, milliseconds: BUDGET }) });
  };
  for (const name of ENGINE_NAMES) if (name !== LAST_RESORT) await measure(name);
  if (reports.every(({ answer }) => answer.status === 'missing')) await measure(LAST_RESORT);
  await mkdir(dirname(path), { recursive: true })
    .then(() => writeAtomically(path, [Buffer.from(JSON.stringify({ key, reports }, null, 2))], { durable: false }))
    .catch(() => undefined);
  return reports;
}

function remembered(path: string, key: string): readonly EngineReport[] | undefined {
  try {
    const parsed = file.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success && parsed.data.key === key ? parsed.data.reports : undefined;
  } catch {
    return undefined;
  }
}

/** What the speeds depend on. */
function machineKey(gpus: readonly Gpu[]): string {
  const parts = [
    ...[readVersion(), process.version, process.arch, cpus()[0]?.model, availableParallelism()],
    ...PACKAGES.map(versionOf),
    readInstallation()?.installed,
    ...gpus.map(({ name, driver }) => `${name} ${driver}`),
    process.env['CUDA_VISIBLE_DEVICES'],
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
