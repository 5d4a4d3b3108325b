// Names of the modules of inverted residuals: MobileNetV2, MobileNetV3-Small and EfficientNet, in torchvision and in timm.

type Name = string | undefined;

/** The parts of an inverted residual. */
type Part = 'expand' | 'depthwise' | 'reduce' | 'excite' | 'project';

/** A convolution or its BatchNorm in a block, as the two libraries need it. */
interface Place {
  readonly part: Part;
  readonly isNorm: boolean;
  /** Whether the block begins with an expansion. */
  readonly expands: boolean;
  /** Whether it has squeeze-and-excite. */
  readonly excites: boolean;
}

/** timm: `conv_pw`, `bn1`, `conv_dw`, …; blocks without expansion call their projection conv_pw. */
function timmPart({ part, isNorm, expands }: Place): string {
  const before = expands ? 1 : 0;
  switch (part) {
    case 'expand':
      return isNorm ? 'bn1' : 'conv_pw';
    case 'depthwise':
      return isNorm ? `bn${before + 1}` : 'conv_dw';
    case 'reduce':
      return 'se.conv_reduce';
    case 'excite':
      return 'se.conv_expand';
    case 'project':
      if (isNorm) return `bn${before + 2}`;
      return expands ? 'conv_pwl' : 'conv_pw';
  }
}

/** torchvision: members of a Sequential, by their numbers; convolution and BatchNorm are 0 and 1 of a member. */
function torchvisionPart({ part, isNorm, expands, excites }: Place): string {
  const before = expands ? 1 : 0;
  const unit = (member: number): string => `${member}.${isNorm ? 1 : 0}`;
  switch (part) {
    case 'expand':
      return unit(0);
    case 'depthwise':
      return unit(before);
    case 'reduce':
      return `${before + 1}.fc1`;
    case 'excite':
      return `${before + 1}.fc2`;
    case 'project':
      return unit(before + (excites ? 2 : 1));
  }
}

/** Places of consecutive blocks, when stages have so many: `2.1` is the second block of the third stage. */
function inStages(counts: readonly number[], index: number): string {
  let [stage, rest] = [0, index];
  while (rest >= (counts[stage] ?? Infinity)) rest -= counts[stage++] ?? 0;
  return `${stage}.${rest}`;
}

// MobileNetV3-Small: bneck1_depthwise_bn and the like.

const V3_PARTS: Readonly<Record<string, Part>> = {
  ...{ expand: 'expand', depthwise: 'depthwise', se_reduce: 'reduce', se_expand: 'excite', project: 'project' },
};
/** The blocks without squeeze-and-excite. */
const V3_PLAIN = [2, 3];

function v3Place(layer: string): { readonly number: number; readonly place: Place } | undefined {
  const [, digits, part = '', norm] =
    /^bneck(\d+)_(expand|depthwise|se_reduce|se_expand|project)(_bn)?$/.exec(layer) ?? [];
  const known = V3_PARTS[part];
  if (known === undefined) return undefined;
  const number = Number(digits);
  const place = { part: known, isNorm: norm !== undefined, expands: number > 1, excites: !V3_PLAIN.includes(number) };
  return { number, place };
}

export function mobileNetV3OfTorchvision(layer: string): Name {
  const [, end, kind] = /^(stem|top)_(conv|bn)$/.exec(layer) ?? [];
  if (end !== undefined) return `features.${end === 'stem' ? 0 : 12}.${kind === 'conv' ? 0 : 1}`;
  const found = v3Place(layer);
  return found && `features.${found.number}.block.${torchvisionPart(found.place)}`;
}

export function mobileNetV3OfTimm(layer: string): Name {
  const ends: Record<string, string> = {
    ...{ stem_conv: 'conv_stem', stem_bn: 'bn1', top_conv: 'blocks.5.0.conv', top_bn: 'blocks.5.0.bn1' },
  };
  const found = v3Place(layer);
  return found === undefined
    ? ends[layer]
    : `blocks.${inStages([1, 2, 3, 2, 3], found.number - 1)}.${timmPart(found.place)}`;
}

// MobileNetV2: expanded_conv_project_BN, block_3_expand and the like.

function v2Place(layer: string): { readonly index: number; readonly place: Place } | undefined {
  const [, digits, part, norm] = /^(?:expanded_conv|block_(\d+))_(expand|depthwise|project)(_BN)?$/.exec(layer) ?? [];
  if (part !== 'expand' && part !== 'depthwise' && part !== 'project') return undefined;
  const index = Number(digits ?? 0);
  return { index, place: { part, isNorm: norm !== undefined, expands: index > 0, excites: false } };
}

export function mobileNetV2OfTorchvision(layer: string): Name {
  const ends: Record<string, string> = {
    ...{ Conv1: 'features.0.0', bn_Conv1: 'features.0.1', Conv_1: 'features.18.0', Conv_1_bn: 'features.18.1' },
  };
  const found = v2Place(layer);
  if (found === undefined) return ends[layer];
  const { index, place } = found;
  // Unlike the others, the last convolution and its BatchNorm are members of their own.
  const project = (place.expands ? 2 : 1) + (place.isNorm ? 1 : 0);
  return `features.${index + 1}.conv.${place.part === 'project' ? project : torchvisionPart(place)}`;
}

export function mobileNetV2OfTimm(layer: string): Name {
  const ends: Record<string, string> = {
    ...{ Conv1: 'conv_stem', bn_Conv1: 'bn1', Conv_1: 'conv_head', Conv_1_bn: 'bn2' },
  };
  const found = v2Place(layer);
  return found === undefined
    ? ends[layer]
    : `blocks.${inStages([1, 2, 3, 4, 3, 3, 1], found.index)}.${timmPart(found.place)}`;
}

// EfficientNet: block2a_expand_conv, block2a_bn (of the depthwise convolution) and the like.

const EFFICIENT_PARTS: Readonly<Record<string, readonly [Part, isNorm: boolean]>> = {
  expand_conv: ['expand', false],
  expand_bn: ['expand', true],
  dwconv: ['depthwise', false],
  bn: ['depthwise', true],
  se_reduce: ['reduce', false],
  se_expand: ['excite', false],
  project_conv: ['project', false],
  project_bn: ['project', true],
};

interface EfficientPlace {
  /** From 1, as in the name. */
  readonly stage: number;
  readonly index: number;
  readonly place: Place;
}

function efficientPlace(layer: string): EfficientPlace | undefined {
  const [, stage, letter = '', part = ''] = /^block(\d)([a-z])_(.+)$/.exec(layer) ?? [];
  const known = EFFICIENT_PARTS[part];
  if (known === undefined) return undefined;
  const place = { part: known[0], isNorm: known[1], expands: stage !== '1', excites: true };
  return { stage: Number(stage), index: letter.charCodeAt(0) - 'a'.charCodeAt(0), place };
}

export function efficientNetOfTorchvision(layer: string): Name {
  const [, end, kind] = /^(stem|top)_(conv|bn)$/.exec(layer) ?? [];
  if (end !== undefined) return `features.${end === 'stem' ? 0 : 8}.${kind === 'conv' ? 0 : 1}`;
  const found = efficientPlace(layer);
  return found && `features.${found.stage}.${found.index}.block.${torchvisionPart(found.place)}`;
}

export function efficientNetOfTimm(layer: string): Name {
  const ends: Record<string, string> = {
    ...{ stem_conv: 'conv_stem', stem_bn: 'bn1', top_conv: 'conv_head', top_bn: 'bn2' },
  };
  const found = efficientPlace(layer);
  return found === undefined ? ends[layer] : `blocks.${found.stage - 1}.${found.index}.${timmPart(found.place)}`;
}
