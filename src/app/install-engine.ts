// Builds the TensorFlow binding into this user's cache, or takes it out.
import { rm } from 'node:fs/promises';
import { installTensorflow } from '../engines/tensorflow/install/install.js';
import { type Installation, installationFolder, readInstallation } from '../engines/tensorflow/installation.js';
import type { Messages } from './messages.js';

export interface InstallEngineOptions extends Pick<Messages, 'onProgress'> {
  /** For NVIDIA GPUs. */
  readonly cuda?: boolean | undefined;
  /** The Python whose TensorFlow is used, or whose pip downloads it. Default: python3. */
  readonly python?: string | undefined;
  /** Once aborted, nothing is changed, and the promise rejects. */
  readonly signal?: AbortSignal;
}

/** @throws HpoError ERR_ENGINE that says what is missing. */
export function installEngine(options: InstallEngineOptions = {}): Promise<Installation> {
  const { cuda = false, python = 'python3', onProgress, signal = new AbortController().signal } = options;
  const compiler = process.env['CXX'] ?? 'g++';
  return installTensorflow({ cuda, python, compiler, signal, onStep: (step) => onProgress?.(step) });
}

/** @returns the folder that was removed; undefined where there was nothing to remove. */
export async function removeEngine(): Promise<string | undefined> {
  const folder = installationFolder();
  const wasThere = readInstallation() !== undefined;
  await rm(folder, { recursive: true, force: true });
  return wasThere ? folder : undefined;
}
