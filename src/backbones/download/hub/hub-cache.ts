// Models of the Hugging Face hub in this machine's cache: a folder each, with model.onnx and the files that say how to use it.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, posix } from 'node:path';
import { z } from 'zod';
import { HpoError } from '../../../study/errors.js';
import { writeAtomically } from '../../../system/atomic-file.js';
import { commandName } from '../../../system/command-name.js';
import { formatBytes } from '../../../system/format.js';
import { type OnBytes, digestOf } from '../download.js';
import { UnreachableError } from '../http.js';
import { type WaitOptions, oneAtATime } from '../one-at-a-time.js';
import { readRegularFileSync } from '../../../system/regular-file.js';
import { NO_PICKLE } from '../../weights/stored-layer.js';
import { weightsCacheFolder } from '../pretrained-cache.js';
import { externalDataOf } from './external-data.js';
import { type HubOptions, HubRepository, type RemoteFile } from './hub-files.js';
import { type HubName, formatHubName, parseHubName } from './hub-name.js';

export interface HubPullOptions extends HubOptions, WaitOptions {
  /** Default: that of this machine's cache. */
  readonly folder?: string;
  /** A line for people: what is about to be downloaded. */
  readonly onNote?: ((line: string) => void) | undefined;
  /** Of one of the files. */
  readonly onFile?: ((path: string) => OnBytes) | undefined;
}

/** What lies in the cache. */
export interface PulledModel {
  /** Holds the model, and preprocessor_config.json and config.json where the repository has them. */
  readonly folder: string;
  /** The model's file in it: model.onnx, or a file of weights under its own name. */
  readonly file: string;
  readonly source: HubSource;
}

export type HubSource = z.infer<typeof sourceSchema>;

/** The folder of these models in that of all weights. */
const HUB = 'hub';
const SOURCE = 'source.json';
/** Of the folder of a download that is not whole yet. */
const UNFINISHED = '.part';
const sourceSchema = z.object({
  /** As study.json writes it. */
  name: z.string(),
  commit: z.string().nullable(),
  /** In the repository. */
  path: z.string(),
  file: z.string(),
  size: z.number(),
  sha256: z.string().nullable(),
  licence: z.string().nullable(),
});

/** Where exporters for the hub put a model; the first that is there is taken. */
const USUAL_PLACES = ['onnx/model.onnx', 'model.onnx', 'onnx/vision_model.onnx', 'vision_model.onnx'];
/** What says how a model is to be used. */
const ABOUT = ['preprocessor_config.json', 'config.json'];
const MAX_ABOUT = 4_000_000;
const LICENCES = ['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'NOTICE'];

/** The model of this name, if it is in the cache whole. */
export function cachedModel(name: HubName, folder: string = weightsCacheFolder()): PulledModel | undefined {
  const model = modelIn(placeOf(name, folder));
  // Two names may share a folder: a/b.onnx and a--b.onnx.
  return model?.source.name === formatHubName(name) ? model : undefined;
}

/** Every model that is in the cache whole, by name. */
export function cachedModels(folder: string = weightsCacheFolder()): readonly PulledModel[] {
  const hub = join(folder, HUB);
  const places = existsSync(hub) ? readdirSync(hub).filter((place) => !place.endsWith(UNFINISHED)) : [];
  const models = places.flatMap((place) => modelIn(join(hub, place)) ?? []);
  return models.sort((a, b) => (a.source.name < b.source.name ? -1 : 1));
}

/** What lies in a folder of the cache, if it is whole. */
function modelIn(place: string): PulledModel | undefined {
  try {
    const source = sourceSchema.parse(JSON.parse(readRegularFileSync(join(place, SOURCE), MAX_ABOUT).toString('utf8')));
    const file = join(place, basename(source.file));
    return existsSync(file) ? { folder: place, file, source } : undefined;
  } catch {
    return undefined;
  }
}

/** The model's file in the cache. @throws HpoError ERR_BACKBONE for no such name, ERR_WEIGHTS where it is not there. */
export function hubFile(text: string): string {
  const name = parseHubName(text);
  const model = cachedModel(name);
  if (model === undefined) throw modelNotFound(name);
  return model.file;
}

/** The error of a model that is not on this machine. `why`: what keeps this program from fetching it. */
export function modelNotFound(name: HubName, why?: 'offline'): HpoError {
  const pull = `\`${commandName()} backbones pull ${formatHubName(name)}\``;
  const advice =
    why === 'offline'
      ? `nothing may be downloaded (--offline, HPO_OFFLINE or HF_HUB_OFFLINE). Run ${pull} while there is a network`
      : `${pull} downloads it`;
  return new HpoError(
    'ERR_WEIGHTS',
    `expected the model ${formatHubName(name)} on this machine, found none: ${advice}`,
  );
}

/**
 * Makes sure that a model of the hub is in the cache: its ONNX file with external data, preprocessor_config.json, config.json and
 * licence. What was downloaded before is kept, also of a download that broke off. A model whose commit has changed is fetched again.
 * @throws HpoError ERR_WEIGHTS, saying what to do: no network, no such model or file, a gated model, a wrong checksum.
 */
export async function pullModel(name: HubName, options: HubPullOptions = {}): Promise<PulledModel> {
  const { folder = weightsCacheFolder() } = options;
  const place = placeOf(name, folder);
  return oneAtATime(place, options, async () => {
    const repository = new HubRepository(name, options);
    try {
      return await pulled(repository, name, place, folder, options);
    } catch (cause) {
      if (!(cause instanceof UnreachableError)) throw cause;
      const advice = `Check the network, the proxy (HTTPS_PROXY) and HF_ENDPOINT, then run the same command: it continues. On a machine without a network, copy ${place} from one that has pulled the model`;
      throw new HpoError('ERR_WEIGHTS', `${cause.message}. ${advice}`, { cause });
    }
  });
}

async function pulled(
  branch: HubRepository,
  name: HubName,
  place: string,
  folder: string,
  options: HubPullOptions,
): Promise<PulledModel> {
  const model = await findModel(branch, name);
  const repository = model.commit === undefined ? branch : branch.at(model.commit);
  const known = cachedModel(name, folder);
  if (known !== undefined && isSame(known, model)) return known;
  const licence = await licenceOf(repository);
  const commit = model.commit === undefined ? '' : `, commit ${model.commit.slice(0, 12)}`;
  const size = model.size === undefined ? '' : `, ${formatBytes(model.size)}`;
  options.onNote?.(
    `${formatHubName(name)}${commit}: ${model.path}${size}; licence: ${licence ?? `not stated, see ${repository.page}`}`,
  );

  const staging = `${place}${UNFINISHED}`;
  await mkdir(staging, { recursive: true });
  const isOnnx = extname(model.path) === '.onnx';
  const own = isOnnx ? 'model.onnx' : basename(model.path);
  const get = async (found: RemoteFile, local: string): Promise<void> => {
    const file = join(staging, local);
    // Of an earlier attempt: whole files have their names only once they are checked.
    if (found.digest !== undefined && existsSync(file)) {
      if ((await digestOf(file, found.digest.algorithm)) === found.digest.hex) return;
    }
    await mkdir(dirname(file), { recursive: true });
    await repository.fetch(found, file, options.onFile?.(found.path));
  };
  await get(model, own);
  await checkNoPointer(join(staging, own), model.path);
  for (const path of isOnnx ? await externalDataOf(join(staging, own)) : []) {
    const remote = posix.join(posix.dirname(model.path), path);
    const found = await repository.find(remote);
    if (found === undefined) {
      throw new HpoError(
        'ERR_WEIGHTS',
        `expected ${remote}, which ${model.path} keeps its weights in, got none at ${repository.page}`,
      );
    }
    if (found.size !== undefined) options.onNote?.(`${remote}, ${formatBytes(found.size)}`);
    await get(found, path);
  }
  for (const path of [...ABOUT, ...LICENCES]) {
    const text = await repository.text(path, MAX_ABOUT);
    if (text !== undefined) await writeAtomically(join(staging, path), [Buffer.from(text)]);
  }
  const source: HubSource = {
    name: formatHubName(name),
    commit: model.commit ?? null,
    path: model.path,
    file: own,
    size: (await stat(join(staging, own))).size,
    sha256: model.digest?.algorithm === 'sha256' ? model.digest.hex : null,
    licence: licence ?? null,
  };
  await writeAtomically(join(staging, SOURCE), [Buffer.from(`${JSON.stringify(source, null, 2)}\n`)]);
  await rm(place, { recursive: true, force: true });
  await rename(staging, place);
  return { folder: place, file: join(place, own), source };
}

async function findModel(repository: HubRepository, { file, ...name }: HubName): Promise<RemoteFile> {
  if (file !== undefined && /\.(pth?|bin|ckpt|pkl|pickle)$/i.test(file)) {
    throw new HpoError('ERR_WEIGHTS', `expected a .onnx or .safetensors file, got ${file}: ${NO_PICKLE}`);
  }
  for (const path of file === undefined ? USUAL_PLACES : [file]) {
    const found = await repository.find(path);
    if (found !== undefined) return found;
  }
  const named = formatHubName(name);
  const expected = file ?? USUAL_PLACES.slice(0, 2).join(' or ');
  const advice =
    file === undefined
      ? `\`${commandName()} backbones pull ${named} --file PATH\` takes another file; onnx-community on the hub has many models as ONNX`
      : `its files are listed at ${repository.page}/tree/${name.revision}`;
  throw new HpoError(
    'ERR_WEIGHTS',
    `expected ${expected} in ${named}, got no such file at ${repository.page}: ${advice}`,
  );
}

function isSame({ source }: PulledModel, model: RemoteFile): boolean {
  if (source.path !== model.path) return false;
  if (model.digest?.algorithm === 'sha256' && source.sha256 !== null) return source.sha256 === model.digest.hex;
  return model.commit === undefined ? source.size === model.size : source.commit === model.commit;
}

/** The licence in the front matter of the repository's README.md. */
async function licenceOf(repository: HubRepository): Promise<string | undefined> {
  const readme = (await repository.text('README.md', MAX_ABOUT)) ?? '';
  const [, front = ''] = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(readme) ?? [];
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s*['"]?([^'"\\r\\n]+?)['"]?\\s*$`, 'm').exec(front)?.[1];
  const licence = field('license');
  return licence === 'other' ? (field('license_name') ?? licence) : licence;
}

/** A server of plain files may have only what Git has. */
async function checkNoPointer(file: string, path: string): Promise<void> {
  if ((await stat(file)).size > 1024) return;
  const text = readFileSync(file, 'latin1');
  if (!text.startsWith('version https://git-lfs')) return;
  await rm(file, { force: true });
  throw new HpoError(
    'ERR_WEIGHTS',
    `expected the file ${path}, got its pointer of Git LFS: the server has the repository without its large files (git lfs pull)`,
  );
}

function placeOf({ owner, name, revision, file }: HubName, folder: string): string {
  const suffix = file === undefined ? '' : `--${file.replaceAll('/', '--')}`;
  return join(folder, HUB, `${owner}--${name}@${revision}${suffix}`);
}
