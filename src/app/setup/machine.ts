// What this machine offers a study, and how much of it the study takes.
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { EngineDevice } from '../../engines/engine.js';
import { ARITHMETIC_VERSION } from '../../graph/arithmetic-version.js';
import { readInstallation } from '../../engines/tensorflow/installation.js';
import { findTorch } from '../../engines/torch/find-python.js';
import type { MachineKind } from '../../study/machine-kind.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { cacheFolder } from '../../system/cache-folder.js';
import { versions } from '../../system/versions.js';

export interface Machine {
  readonly cores: number;
  /** Bytes that this process may use: of the machine, or of the container that it runs in. */
  readonly memory: number;
}

const GIGABYTE = 1e9;
export function thisMachine(): Machine {
  // Without a limit the system gives 0, or a number beyond any memory.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- Node 20 may give undefined, whatever its types say
  const limit = process.constrainedMemory() ?? 0;
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { cores: availableParallelism(), memory };
}

/** What the numbers of trials on this machine depend on. @param engine missing with a trainer of the user's own. */
export function kindOfMachine(engine: string | undefined, device?: EngineDevice): MachineKind {
  const { hpo, node, platform } = versions();
  const library = libraryOf(engine, device);
  const model = cpus()[0]?.model.trim() ?? '';
  return {
    processor: model === '' ? process.arch : model,
    ...(engine === undefined ? {} : { engine }),
    versions: [`hpo ${hpo}`, `arithmetic ${ARITHMETIC_VERSION}`, `node ${node}`, platform, ...library].join(', '),
  };
}

/** What a user has installed for the engine; the libraries of the others come with hpo. */
function libraryOf(engine: string | undefined, device?: EngineDevice): readonly string[] {
  if (engine === 'tensorflow') {
    const installation = readInstallation();
    return installation === undefined ? [] : [`TensorFlow ${installation.tensorflow}`];
  }
  if (engine !== 'torch') return [];
  const on = device === undefined ? '' : ` on ${device}`;
  return [`PyTorch ${findTorch()?.version ?? 'of unknown version'}${on}`];
}

/** Bytes of features that a study may keep on disk. */
export function featureBudget({ resources }: Pick<StudyDefinition, 'resources'>): number {
  return resources.featureBudget * GIGABYTE;
}

/** Where features of the frozen part are cached, for all studies of this machine. */
export function featuresFolder(): string {
  return join(cacheFolder(), 'features');
}
