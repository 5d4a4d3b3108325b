// Loads TensorFlow as a tfjs backend: the binding that was built for this machine, else an installed tfjs-node(-gpu).
import { must } from '../../system/must.js';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { HpoError, messageOf } from '../../study/errors.js';
import { commandName } from '../../system/command-name.js';
import type { Tfjs } from '../../graph/tfjs/lowering.js';
import {
  bindingFile,
  bindingPackage,
  type Installation,
  installationFolder,
  readInstallation,
} from './installation.js';

export interface TensorflowOptions {
  /** Of one operation; default 1. */
  readonly threads?: number;
  /** A folder made by `hpo engine install`; default the one in the user's cache. */
  readonly installation?: string;
}

export interface Tensorflow {
  readonly tf: Tfjs;
  readonly onGpu: boolean;
}

interface Binding {
  isUsingGpuDevice(): boolean;
}

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;
const REMEDY = `\`${commandName()} engine install\` builds one for this machine`;

let loaded: Promise<Tensorflow> | undefined;

/** Once in a process: TensorFlow takes its devices and threads when it starts. @throws HpoError ERR_ENGINE. */
export function loadTensorflow(options: TensorflowOptions = {}): Promise<Tensorflow> {
  loaded ??= load(options);
  loaded.catch(() => (loaded = undefined));
  return loaded;
}

async function load({ threads = 1, installation }: TensorflowOptions): Promise<Tensorflow> {
  setEnvironment(threads);
  restoreUtilities();
  const tf = await import('@tensorflow/tfjs-core');
  // Otherwise both copies of the library warn of each other.
  tf.enableProdMode();
  const built = readInstallation(installation);
  if (built !== undefined) return { tf, onGpu: openInstallation(tf, built) };
  if (installation !== undefined) {
    throw new HpoError('ERR_ENGINE', `expected a TensorFlow binding, got none in ${installation}`);
  }
  return { tf, onGpu: openPackage(tf) };
}

function openInstallation(tf: Tfjs, { folder, libraries, tensorflow }: Installation): boolean {
  const place = resolve(folder, libraries);
  if (!existsSync(place)) {
    throw new HpoError('ERR_ENGINE', `expected TensorFlow ${tensorflow} in ${place}, got no such folder: ${REMEDY}`);
  }
  const require = createRequire(join(folder, 'package.json'));
  try {
    const binding = require(bindingFile(folder)) as Binding;
    require(join(bindingPackage(folder), 'dist', 'register_all_kernels.js'));
    const { NodeJSKernelBackend } = require(join(bindingPackage(folder), 'dist', 'nodejs_kernel_backend.js')) as {
      NodeJSKernelBackend: new (binding: Binding, name: string) => ReturnType<Parameters<Tfjs['registerBackend']>[1]>;
    };
    tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'));
    return binding.isUsingGpuDevice();
  } catch (cause) {
    const what = `the TensorFlow binding in ${installationFolder() === folder ? 'the cache' : folder} does not load`;
    throw new HpoError('ERR_ENGINE', `${what}: ${messageOf(cause)}; ${REMEDY}`, { cause });
  }
}

/** Whether there is a binding to load, whatever becomes of it. */
export function hasTensorflow(): boolean {
  return readInstallation() !== undefined || PACKAGES.some(isPackageThere);
}

function isPackageThere(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

/** The packages register their backend when they are loaded. */
function openPackage(tf: Tfjs): boolean {
  const require = createRequire(import.meta.url);
  const failures: string[] = [];
  for (const name of PACKAGES) {
    if (!isPackageThere(name)) continue;
    try {
      require(name);
      return (tf.findBackend('tensorflow') as { isUsingGpuDevice?: boolean } | null)?.isUsingGpuDevice === true;
    } catch (cause) {
      failures.push(`${name} does not load: ${must(messageOf(cause).split('\n')[0], 'a text').trim()}`);
    }
  }
  const found = failures.length > 0 ? failures.join('; ') : `there is neither ${PACKAGES.join(' nor ')}`;
  throw new HpoError('ERR_ENGINE', `TensorFlow is not installed: ${found}; ${REMEDY}`);
}

/**
 * What TensorFlow reads when it starts, unless it is set: a trial's share of the cores, and of a GPU's memory no more than it
 * needs. Native code sees what the main thread sets; a worker thread has to be given a process of its own.
 */
function setEnvironment(threads: number): void {
  const defaults = {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
}

/** tfjs-node 4.22 calls two functions that Node 23 took away. */
function restoreUtilities(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}
