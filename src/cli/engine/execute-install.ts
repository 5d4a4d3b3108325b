// Builds the TensorFlow binding into this user's cache, or takes it out.
import { rm } from 'node:fs/promises';
import { installationFolder, readInstallation } from '../../engines/tensorflow/installation.js';
import { installTensorflow } from '../../engines/tensorflow/install/install.js';
import type { Cli } from '../cli.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { onInterrupt } from '../run/interrupts.js';

export interface EngineInstallOptions {
  readonly cuda?: boolean;
  readonly python: string;
}

/** Prints where it lies. @returns the exit code; throws HpoError ERR_ENGINE with what is missing. */
export async function executeInstall({ terminal }: Cli, options: EngineInstallOptions): Promise<ExitCode> {
  const { out, err } = terminal;
  const abort = new AbortController();
  const stopListening = onInterrupt((times) => {
    if (times > 1) process.exit(EXIT.interrupted);
    abort.abort();
  });
  try {
    const { folder, tensorflow, cuda } = await installTensorflow({
      cuda: options.cuda === true,
      python: options.python,
      compiler: process.env['CXX'] ?? 'g++',
      signal: abort.signal,
      onStep: (step) => err.line(step),
    });
    out.line(folder);
    err.line(`the tensorflow engine works: TensorFlow ${tensorflow}, for ${cuda ? 'NVIDIA GPUs' : 'processors'}`);
    return EXIT.done;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    err.line('stopped; nothing was changed');
    return EXIT.interrupted;
  } finally {
    stopListening();
  }
}

export async function executeRemove({ terminal: { err } }: Cli): Promise<void> {
  const folder = installationFolder();
  const wasThere = readInstallation() !== undefined;
  await rm(folder, { recursive: true, force: true });
  err.line(wasThere ? `removed ${folder}` : 'there was nothing to remove');
}
