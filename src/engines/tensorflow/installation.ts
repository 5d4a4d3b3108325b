// The TensorFlow binding that `hpo engine install` made for this machine: where it lies and what is recorded of it.
import { join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../../system/cache-folder.js';
import { readRegularFileSync } from '../../system/regular-file.js';

const record = z.object({
  version: z.literal(1),
  /** Of TensorFlow. */
  tensorflow: z.string(),
  /** Of the binding's package. */
  binding: z.string(),
  cuda: z.boolean(),
  /** The folder with TensorFlow's libraries; relative ones are within the installation. */
  libraries: z.string(),
  installed: z.string(),
});

/** What a file in the installation says of it. */
export type InstallationRecord = z.infer<typeof record>;

export interface Installation extends InstallationRecord {
  readonly folder: string;
}

export const INSTALLATION_RECORD = 'installation.json';

/** Where the binding of this user's machine lies, if it was installed. */
export function installationFolder(cache: string = cacheFolder()): string {
  return join(cache, 'engines', 'tensorflow');
}

export function bindingPackage(folder: string): string {
  return join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
}

/** The compiled binding. */
export function bindingFile(folder: string): string {
  return join(bindingPackage(folder), 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** Of the record. */
const MOST_BYTES = 1e6;

/** The finished installation in a folder; undefined where there is none. */
export function readInstallation(folder: string = installationFolder()): Installation | undefined {
  try {
    const parsed = record.safeParse(
      JSON.parse(readRegularFileSync(join(folder, INSTALLATION_RECORD), MOST_BYTES).toString('utf8')),
    );
    return parsed.success ? { ...parsed.data, folder } : undefined;
  } catch {
    return undefined;
  }
}
