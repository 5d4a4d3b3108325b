// Where a backbone's weights come from: the package, what was downloaded, a file, or random numbers.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RandomStream } from '../math/random.js';
import { HpoError } from '../study/errors.js';
import type { Backbone } from './backbone.js';
import { initialise, reinitialised } from './initialise.js';
import type { HostTensor } from '../graph/host-tensor.js';
import { loadBackboneWeights } from './weights/load.js';
import { hubFile } from './download/hub/hub-cache.js';
import { isHubName } from './download/hub/hub-name.js';
import { cachedWeights } from './download/pretrained-cache.js';
import { commandName } from '../system/command-name.js';

/** The same path from dist/backbones and from src/backbones. */
const ASSETS = new URL('../../assets/', import.meta.url);

/**
 * Every parameter of the backbone, by name.
 * @param weights a path, a name on the hub (hf:…), 'random', or undefined for the backbone's own.
 * @throws HpoError ERR_WEIGHTS that says what to do where there are none.
 */
export async function backboneWeights(
  backbone: Backbone,
  weights: string | undefined,
  seed: number,
): Promise<Map<string, HostTensor>> {
  const { file } = backbone;
  if (file !== undefined) {
    const tensors = file.tensors();
    return weights === 'random' ? reinitialised(file, tensors, RandomStream.of(seed, 'backbone')) : tensors;
  }
  if (weights === 'random') return initialise(backbone, RandomStream.of(seed, 'backbone'));
  if (weights !== undefined && isHubName(weights)) return loadBackboneWeights(backbone, hubFile(weights));
  return loadBackboneWeights(backbone, weights ?? ownWeights(backbone));
}

function ownWeights(backbone: Backbone): string {
  const source = backbone.pretrained;
  if (source?.kind === 'embedded') return fileURLToPath(new URL(source.file, ASSETS));
  const cached = cachedWeights(backbone);
  if (cached !== undefined) return cached;
  throw ownWeightsNotFound(backbone);
}

/** The error of a backbone whose weights are not on this machine. `why`: what keeps this program from fetching them. */
export function ownWeightsNotFound(backbone: Backbone, why?: 'offline'): HpoError {
  const pull = `\`${commandName()} backbones pull ${backbone.name}\``;
  const advice =
    backbone.pretrained === undefined
      ? 'set backbone.weights to a file'
      : why === 'offline'
        ? `nothing may be downloaded (--offline or HPO_OFFLINE). Run ${pull} while there is a network, or set backbone.weights to a file`
        : `${pull} downloads them, or set backbone.weights to a file`;
  return new HpoError('ERR_WEIGHTS', `expected weights of ${backbone.name}, found none: ${advice}`);
}

/** file: the backbone is a file. package: a part of hpo. downloaded: in this machine's cache. download: `hpo backbones pull` brings them. none: a file must be named. */
export type WeightsPlace = 'file' | 'package' | 'downloaded' | 'download' | 'none';

/** Where the backbone's own pre-trained weights are. */
export function weightsPlace(backbone: Backbone): WeightsPlace {
  const source = backbone.pretrained;
  if (backbone.file !== undefined) return 'file';
  if (source === undefined) return 'none';
  if (source.kind === 'embedded') return existsSync(new URL(source.file, ASSETS)) ? 'package' : 'none';
  return cachedWeights(backbone) === undefined ? 'download' : 'downloaded';
}

/** Whether the backbone can start from pre-trained weights without a file being named or fetched. */
export function hasOwnWeights(backbone: Backbone): boolean {
  return ['package', 'downloaded'].includes(weightsPlace(backbone));
}
