// The folder of downloaded weights, and how they get there.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { cacheFolder } from '../../system/cache-folder.js';
import type { Backbone } from '../backbone.js';
import { download, md5Of, type DownloadOptions } from './download.js';

/** In the cache folder of this machine. */
export function weightsCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(environment), 'weights');
}

/** The backbone's downloaded weights, if they are there whole. */
export function cachedWeights(backbone: Backbone, folder: string = weightsCacheFolder()): string | undefined {
  const file = cacheFile(backbone, folder);
  return file !== undefined && existsSync(file) ? file : undefined;
}

/**
 * Makes sure that the backbone's official weights are in the cache, and gives their file. What is there is checked, what is missing
 * downloaded (download.ts). Throws ERR_WEIGHTS, saying where a person gets the file, where that fails or there is nothing to download.
 */
export async function pullWeights(
  backbone: Backbone,
  options: Omit<DownloadOptions, 'md5'> & { readonly folder?: string } = {},
): Promise<string> {
  const { folder = weightsCacheFolder(), ...downloadOptions } = options;
  const { pretrained } = backbone;
  const file = cacheFile(backbone, folder);
  if (pretrained?.kind !== 'download' || file === undefined) {
    const instead = pretrained ? 'weights in the package' : 'none: set backbone.weights to a file';
    throw new HpoError('ERR_WEIGHTS', `expected weights to download for ${backbone.name}, got ${instead}`);
  }
  const { url, md5 } = pretrained;
  if (existsSync(file) && (md5 === undefined || (await md5Of(file)) === md5)) return file;
  await mkdir(folder, { recursive: true });
  try {
    await download(url, file, { ...downloadOptions, md5 });
  } catch (cause) {
    if (!(cause instanceof HpoError)) throw cause;
    const advice = `Without a network, download it elsewhere and save it as ${file}, or set backbone.weights to its path.`;
    throw new HpoError('ERR_WEIGHTS', `${cause.message}. ${advice}`, { cause });
  }
  return file;
}

function cacheFile({ name, pretrained }: Backbone, folder: string): string | undefined {
  return pretrained?.kind === 'download'
    ? join(folder, `${name}-${basename(new URL(pretrained.url).pathname)}`)
    : undefined;
}
