// How torchvision and timm name the modules of the networks that are described here.
import type { Backbone } from '../../backbone.js';
import { inceptionNames } from './inception-names.js';
import {
  efficientNetOfTimm,
  efficientNetOfTorchvision,
  mobileNetV2OfTimm,
  mobileNetV2OfTorchvision,
  mobileNetV3OfTimm,
  mobileNetV3OfTorchvision,
} from './mobile-names.js';

/** One library's form of a network. */
export interface TorchNames {
  readonly library: 'torchvision' | 'timm';
  /** Epsilon of its BatchNorms. */
  readonly epsilon: number;
  /** From names of layers of the description to names of modules: `stem_conv` → `features.0.0`. */
  readonly modules: ReadonlyMap<string, string>;
}

/** The forms of a backbone's weights in PyTorch; empty where none is known to compute the same. */
export function torchNamesOf({ name, blocks }: Backbone): readonly TorchNames[] {
  const layers = blocks.flatMap((block) => block.layers.map((layer) => layer.name));
  return (KNOWN[name] ?? []).map(([library, epsilon, rule]) => {
    const pairs = layers.flatMap((layer) => {
      const module = rule(layer);
      return module === undefined ? [] : [[layer, module] as const];
    });
    return { library, epsilon, modules: new Map(pairs) };
  });
}

/** The module of a layer; undefined for a layer without weights. */
export type Rule = (layer: string) => string | undefined;
type Form = readonly [library: TorchNames['library'], epsilon: number, rule: Rule];

const resnet: readonly Form[] = (['torchvision', 'timm'] as const).map((library) => [library, 1e-5, resnetName]);

const KNOWN: Readonly<Record<string, readonly Form[]>> = {
  mobilenetv3small: [
    ['torchvision', 1e-3, mobileNetV3OfTorchvision],
    ['timm', 1e-5, mobileNetV3OfTimm],
  ],
  'mobilenetv2-torch': [
    ['torchvision', 1e-5, mobileNetV2OfTorchvision],
    ['timm', 1e-5, mobileNetV2OfTimm],
  ],
  'efficientnetb0-torch': [
    ['torchvision', 1e-5, efficientNetOfTorchvision],
    ['timm', 1e-5, efficientNetOfTimm],
  ],
  resnet18: resnet,
  resnet34: resnet,
  'resnet50-torch': resnet,
  'vgg16-torch': [['torchvision', 1e-5, vggName]],
  'inceptionv3-torch': [
    ['torchvision', 1e-3, inceptionNames],
    ['timm', 1e-3, inceptionNames],
  ],
};

/** `conv3_block2_1_conv` → `layer2.1.conv1`. Both libraries have the same names. */
function resnetName(layer: string): string | undefined {
  if (layer === 'conv1_conv') return 'conv1';
  if (layer === 'conv1_bn') return 'bn1';
  const [, stage, block, unit, kind] = /^conv(\d)_block(\d+)_(\d)_(conv|bn)$/.exec(layer) ?? [];
  if (kind === undefined) return undefined;
  const at = `layer${Number(stage) - 1}.${Number(block) - 1}`;
  return unit === '0' ? `${at}.downsample.${kind === 'conv' ? 0 : 1}` : `${at}.${kind}${unit}`;
}

/** Places of the first convolution of each stage; between two convolutions lies a ReLU. */
const VGG_STAGES = [0, 5, 10, 17, 24];

function vggName(layer: string): string | undefined {
  const [, stage, index] = /^block(\d)_conv(\d)$/.exec(layer) ?? [];
  const first = VGG_STAGES[Number(stage) - 1];
  return first === undefined ? undefined : `features.${first + 2 * (Number(index) - 1)}`;
}
