// How torchvision and timm name the modules of the networks that are described here.
import type { Backbone, Block } from '../../backbone.js';

/** One library's form of a network. */
export interface TorchNames {
  readonly library: 'torchvision' | 'timm';
  /** Epsilon of its BatchNorms. */
  readonly epsilon: number;
  /** From names of layers of the description to names of modules: `stem_conv` → `features.0.0`. */
  readonly modules: ReadonlyMap<string, string>;
}

/** The forms of a backbone's weights in PyTorch; empty where none is known to compute the same. */
export function torchNamesOf(backbone: Backbone): readonly TorchNames[] {
  return KNOWN[backbone.name]?.(backbone) ?? [];
}

type Pairs = Iterable<readonly [layer: string, module: string]>;

const KNOWN: Readonly<Record<string, (backbone: Backbone) => readonly TorchNames[]>> = {
  mobilenetv3small: (backbone) => [
    { library: 'torchvision', epsilon: 1e-3, modules: new Map(mobileNetV3OfTorchvision(backbone)) },
    { library: 'timm', epsilon: 1e-5, modules: new Map(mobileNetV3OfTimm(backbone)) },
  ],
};

/** Whether a layer of this name is in the block. */
const has = ({ layers }: Block, name: string): boolean => layers.some((layer) => layer.name === name);

/** Convolution and BatchNorm in one Sequential. */
const unit = (layer: string, norm: string, module: string): Pairs => [
  [layer, `${module}.0`],
  [norm, `${module}.1`],
];

function* mobileNetV3OfTorchvision({ blocks }: Backbone): Generator<readonly [string, string]> {
  for (const [i, block] of blocks.entries()) {
    const { name } = block;
    if (name === 'stem' || name === 'top') {
      yield* unit(`${name}_conv`, `${name}_bn`, `features.${i}`);
      continue;
    }
    let next = 0;
    const module = (): string => `features.${i}.block.${next++}`;
    if (has(block, `${name}_expand`)) yield* unit(`${name}_expand`, `${name}_expand_bn`, module());
    yield* unit(`${name}_depthwise`, `${name}_depthwise_bn`, module());
    if (has(block, `${name}_se_reduce`)) {
      const excite = module();
      yield [`${name}_se_reduce`, `${excite}.fc1`];
      yield [`${name}_se_expand`, `${excite}.fc2`];
    }
    yield* unit(`${name}_project`, `${name}_project_bn`, module());
  }
}

/** How many blocks each of timm's stages has; the stage after them is the last convolution. */
const TIMM_STAGES = [1, 2, 3, 2, 3];

function* mobileNetV3OfTimm({ blocks }: Backbone): Generator<readonly [string, string]> {
  yield* [['stem_conv', 'conv_stem'], ['stem_bn', 'bn1']] as const; // prettier-ignore
  const places = TIMM_STAGES.flatMap((count, stage) => Array.from({ length: count }, (_, i) => `blocks.${stage}.${i}`));
  for (const [i, block] of blocks.slice(1, -1).entries()) {
    const { name } = block;
    const at = places[i] ?? '';
    const expands = has(block, `${name}_expand`);
    if (expands) yield* [[`${name}_expand`, `${at}.conv_pw`], [`${name}_expand_bn`, `${at}.bn1`]] as const; // prettier-ignore
    yield [`${name}_depthwise`, `${at}.conv_dw`];
    yield [`${name}_depthwise_bn`, expands ? `${at}.bn2` : `${at}.bn1`];
    if (has(block, `${name}_se_reduce`)) {
      yield [`${name}_se_reduce`, `${at}.se.conv_reduce`];
      yield [`${name}_se_expand`, `${at}.se.conv_expand`];
    }
    yield [`${name}_project`, expands ? `${at}.conv_pwl` : `${at}.conv_pw`];
    yield [`${name}_project_bn`, expands ? `${at}.bn3` : `${at}.bn2`];
  }
  yield* [['top_conv', 'blocks.5.0.conv'], ['top_bn', 'blocks.5.0.bn1']] as const; // prettier-ignore
}
