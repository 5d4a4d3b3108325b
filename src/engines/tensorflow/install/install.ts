// Builds the TensorFlow binding for this machine, beside its place; it is moved there once a training step came out right.
import { must } from '../../../system/must.js';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { HpoError } from '../../../study/errors.js';
import { identityOf, mayBeAlive } from '../../../system/process-identity.js';
import { probeEngine } from '../../probe/probe.js';
import {
  INSTALLATION_RECORD,
  type Installation,
  type InstallationRecord,
  installationFolder,
  readInstallation,
} from '../installation.js';
import { compileBinding, fetchBinding } from './build.js';
import { downloadTensorflow, findTensorflow, type FoundTensorflow, LIBRARIES } from './find-tensorflow.js';

export interface InstallOptions {
  readonly cuda: boolean;
  /** A path or a name on the PATH. */
  readonly python: string;
  /** A C++ compiler. */
  readonly compiler: string;
  readonly signal: AbortSignal;
  /** Told of each step as it begins. */
  readonly onStep: (step: string) => void;
  /** Default: the place of this user. */
  readonly folder?: string;
  readonly platform?: NodeJS.Platform;
}

export const BINDING_VERSION = '4.22.0';

/**
 * What was installed before stays until the new one works; whatever happens, nothing half-built is left.
 * @throws HpoError ERR_ENGINE naming what is missing or went wrong; the signal's reason.
 */
export async function installTensorflow(options: InstallOptions): Promise<Installation> {
  const { folder = installationFolder(), platform = process.platform } = options;
  if (platform !== 'linux') {
    throw new HpoError(
      'ERR_ENGINE',
      `expected Linux, got ${platform}: run \`npm install @tensorflow/tfjs-node\` instead`,
    );
  }
  await mkdir(dirname(folder), { recursive: true });
  await removeLeftovers(folder);
  const staging = `${folder}.${process.pid}.tmp`;
  try {
    await build(staging, options);
    await putInPlace(staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return must(readInstallation(folder), 'an installation');
}

/** Moves what was built to its folder; where that fails, what was installed there comes back. */
export async function putInPlace(staging: string, folder: string): Promise<void> {
  const isInstalled = readInstallation(folder) !== undefined;
  const previous = `${folder}.${process.pid}.old.tmp`;
  if (isInstalled) await rename(folder, previous);
  else await rm(folder, { recursive: true, force: true });
  try {
    await rename(staging, folder);
  } catch (error) {
    if (isInstalled) await rename(previous, folder);
    throw error;
  }
  await rm(previous, { recursive: true, force: true });
}

async function build(staging: string, options: InstallOptions): Promise<void> {
  const { signal, onStep, compiler } = options;
  await mkdir(staging);
  const tools = { signal };
  const found = await tensorflowFor(staging, options);
  onStep(`fetching @tensorflow/tfjs-node ${BINDING_VERSION}`);
  await fetchBinding(staging, BINDING_VERSION, tools);
  onStep(`compiling it against TensorFlow ${found.version} (${found.folder})`);
  await compileBinding(staging, found.folder, compiler, tools);
  const isOwn = found.folder.startsWith(staging);
  if (isOwn) await keepLibraries(found.folder);
  const record: InstallationRecord = {
    version: 1,
    tensorflow: found.version,
    binding: BINDING_VERSION,
    cuda: found.cuda,
    libraries: isOwn ? relative(staging, found.folder) : found.folder,
    installed: new Date().toISOString(),
  };
  await writeFile(join(staging, INSTALLATION_RECORD), `${JSON.stringify(record, null, 2)}\n`);
  onStep('checking it with a few training steps');
  const answer = await probeEngine({ engine: 'tensorflow', milliseconds: 0, installation: staging }, signal);
  if (answer.status === 'missing')
    throw new HpoError('ERR_ENGINE', `the binding was built but does not work: ${answer.reason}`);
}

async function tensorflowFor(staging: string, options: InstallOptions): Promise<FoundTensorflow> {
  const { python, cuda, signal, onStep } = options;
  onStep(`looking for TensorFlow in ${python}`);
  const found = await findTensorflow(python, { signal });
  if (found !== undefined && (found.cuda || !cuda)) return found;
  const name = cuda ? "tensorflow and NVIDIA's libraries (gigabytes)" : 'tensorflow-cpu';
  const why = found === undefined ? 'none found' : 'the installed one is for processors only';
  onStep(`${why}: downloading ${name}`);
  return downloadTensorflow(python, join(staging, 'site'), cuda, { signal });
}

/** Of a wheel of our own the libraries alone are needed from now on. */
async function keepLibraries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!LIBRARIES.some((library) => library === name)) await rm(join(folder, name), { recursive: true });
  }
}

/** Of installations that were killed. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const pid = new RegExp(`^${basename(folder)}\\.(\\d+)\\.(old\\.)?tmp$`).exec(name)?.[1];
    if (pid === undefined || mayBeAlive(identityOf(Number(pid)))) continue;
    await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}
