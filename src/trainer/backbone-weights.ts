// Where a backbone's weights come from: the package, a file, or random numbers.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RandomStream } from '../math/random.js';
import { HpoError } from '../study/errors.js';
import type { Backbone } from './backbones/backbone.js';
import { initialise } from './backbones/initialise.js';
import type { HostTensor } from './graph/host-tensor.js';
import { loadBackboneWeights } from './weights/load.js';

/** From dist/trainer and from src/trainer alike. */
const ASSETS = new URL('../../assets/', import.meta.url);

/**
 * Every parameter of the backbone, by name.
 * @param weights a path, 'random', or undefined for the backbone's own.
 * @throws HpoError ERR_WEIGHTS that says what to do where there are none.
 */
export async function backboneWeights(
  backbone: Backbone,
  weights: string | undefined,
  seed: number,
): Promise<Map<string, HostTensor>> {
  if (weights === 'random') return initialise(backbone, RandomStream.of(seed, 'backbone'));
  return loadBackboneWeights(backbone, weights ?? ownWeights(backbone));
}

function ownWeights(backbone: Backbone): string {
  const source = backbone.pretrained;
  if (source?.kind === 'embedded') return fileURLToPath(new URL(source.file, ASSETS));
  throw new HpoError(
    'ERR_WEIGHTS',
    `expected a weights file for ${backbone.name}, found none: set backbone.weights to a Keras .h5 file` +
      (source === undefined ? '' : `, such as ${source.url}`),
  );
}

/** Whether the backbone's weights are at hand without naming a file. */
export function hasOwnWeights(backbone: Backbone): boolean {
  return backbone.pretrained?.kind === 'embedded' && existsSync(new URL(backbone.pretrained.file, ASSETS));
}
