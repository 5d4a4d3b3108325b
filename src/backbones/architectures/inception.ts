// InceptionV3 (Szegedy et al. 2015, arXiv 1512.00567).
import { must } from '../../system/must.js';
import { BLOCK_INPUT, type Backbone, type Block } from '../backbone.js';
import { activation, batchNorm, block, conv, merge, pool, type Draft } from '../layers.js';
import { kerasApplication } from '../pretrained.js';

type Unit = readonly [filters: number, height: number, width: number];
type Branch = readonly Draft[];

const nameOf = (branch: Branch): string => must(branch.at(-1), 'a layer in the branch').name;

/** Joins branches, each of which starts at what enters the block, along channels. */
function join(name: string, ...branches: readonly Branch[]): Branch {
  return [...branches.flat(), merge('concat', name, branches.map(nameOf))];
}

/** Keras numbers the layers through, in the order of their making; so does this. */
function makeBlocks(): readonly Block[] {
  let made = 0;
  const unit = (
    input: string,
    [filters, height, width]: Unit,
    options: Partial<Parameters<typeof conv>[3]> = {},
  ): Branch => {
    const suffix = made === 0 ? '' : `_${made}`;
    made++;
    return [
      conv(`conv2d${suffix}`, filters, [height, width], { bias: false, input, ...options }),
      batchNorm(`batch_normalization${suffix}`, { scale: false }),
      activation(`activation${suffix}`, 'relu'),
    ];
  };
  const chain = (branch: Branch, ...units: readonly Unit[]): Branch =>
    units.reduce(
      (layers, step) => [...layers, ...unit(layers.length === 0 ? BLOCK_INPUT : nameOf(layers), step)],
      branch,
    );
  const closing = (branch: Branch, step: Unit): Branch => {
    const options = { stride: 2, padding: 'valid' } as const;
    return [...branch, ...unit(branch.length === 0 ? BLOCK_INPUT : nameOf(branch), step, options)];
  };
  const averaged = (name: string, filters: number): Branch =>
    chain([pool('averagePool', `${name}_pool`, 3, 1, 'same', BLOCK_INPUT)], [filters, 1, 1]);
  const shrunk = (name: string): Branch => [pool('maxPool', `${name}_pool`, 3, 2, 'valid', BLOCK_INPUT)];

  /** 35×35 pixels at the default size. */
  const narrow = (name: string, pooled: number): Block =>
    block(
      name,
      join(
        name,
        chain([], [64, 1, 1]),
        chain([], [48, 1, 1], [64, 5, 5]),
        chain([], [64, 1, 1], [96, 3, 3], [96, 3, 3]),
        averaged(name, pooled),
      ),
    );
  /** 17×17 pixels: 7×7 windows taken apart into 1×7 and 7×1, f channels between them. */
  const middle = (name: string, f: number): Block =>
    block(
      name,
      join(
        name,
        chain([], [192, 1, 1]),
        chain([], [f, 1, 1], [f, 1, 7], [192, 7, 1]),
        chain([], [f, 1, 1], [f, 7, 1], [f, 1, 7], [f, 7, 1], [192, 1, 7]),
        averaged(name, 192),
      ),
    );
  /** 8×8 pixels: branches that fork once more. */
  const wide = (name: string): Block => {
    const fork = (stem: Branch, part: number): Branch => {
      const sides = ([[384, 1, 3], [384, 3, 1]] as const).map((step) => unit(nameOf(stem), step)); // prettier-ignore
      return [...stem, ...sides.flat(), merge('concat', `${name}_${part}`, sides.map(nameOf))];
    };
    return block(
      name,
      join(
        name,
        chain([], [320, 1, 1]),
        fork(chain([], [384, 1, 1]), 0),
        fork(chain([], [448, 1, 1], [384, 3, 3]), 1),
        averaged(name, 192),
      ),
    );
  };

  return [
    block('stem1', [
      ...unit(BLOCK_INPUT, [32, 3, 3], { stride: 2, padding: 'valid' }),
      ...unit('activation', [32, 3, 3], { padding: 'valid' }),
      ...unit('activation_1', [64, 3, 3]),
      pool('maxPool', 'max_pooling2d', 3, 2, 'valid'),
    ]),
    block('stem2', [
      ...unit(BLOCK_INPUT, [80, 1, 1], { padding: 'valid' }),
      ...unit('activation_3', [192, 3, 3], { padding: 'valid' }),
      pool('maxPool', 'max_pooling2d_1', 3, 2, 'valid'),
    ]),
    narrow('mixed0', 32),
    narrow('mixed1', 64),
    narrow('mixed2', 64),
    block(
      'mixed3',
      join(
        'mixed3',
        closing([], [384, 3, 3]),
        closing(chain([], [64, 1, 1], [96, 3, 3]), [96, 3, 3]),
        shrunk('mixed3'),
      ),
    ),
    middle('mixed4', 128),
    middle('mixed5', 160),
    middle('mixed6', 160),
    middle('mixed7', 192),
    block(
      'mixed8',
      join(
        'mixed8',
        closing(chain([], [192, 1, 1]), [320, 3, 3]),
        closing(chain([], [192, 1, 1], [192, 1, 7], [192, 7, 1]), [192, 3, 3]),
        shrunk('mixed8'),
      ),
    ),
    wide('mixed9'),
    wide('mixed10'),
  ];
}

export const inceptionV3: Backbone = {
  name: 'inceptionv3',
  inputSize: 299,
  minimumSize: 75,
  preprocessing: 'tf',
  initialiser: 'glorot',
  blocks: makeBlocks(),
  pretrained: kerasApplication(
    'inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5',
    'bcbd6486424b2319ff4ef7d526e38f63',
  ),
};
