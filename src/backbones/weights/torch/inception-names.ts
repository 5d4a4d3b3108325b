// Names of the modules of InceptionV3, which torchvision and timm share, in the order in which the description makes its units.

const chain = (branch: string, units: number): string[] =>
  Array.from({ length: units }, (_, i) => `${branch}_${i + 1}`);

const NARROW = ['branch1x1', ...chain('branch5x5', 2), ...chain('branch3x3dbl', 3), 'branch_pool'];
const MIDDLE = ['branch1x1', ...chain('branch7x7', 3), ...chain('branch7x7dbl', 5), 'branch_pool'];
const WIDE = [
  'branch1x1',
  ...['branch3x3_1', 'branch3x3_2a', 'branch3x3_2b'],
  ...['branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3a', 'branch3x3dbl_3b'],
  'branch_pool',
];
/** Blocks that halve the resolution. */
const FIRST_CLOSING = ['branch3x3', ...chain('branch3x3dbl', 3)];
const SECOND_CLOSING = [...chain('branch3x3', 2), ...chain('branch7x7x3', 4)];

const of = (blocks: readonly string[], units: readonly string[]): string[] =>
  blocks.flatMap((block) => units.map((unit) => `Mixed_${block}.${unit}`));

const UNITS: readonly string[] = [
  ...['Conv2d_1a_3x3', 'Conv2d_2a_3x3', 'Conv2d_2b_3x3', 'Conv2d_3b_1x1', 'Conv2d_4a_3x3'],
  ...of(['5b', '5c', '5d'], NARROW),
  ...of(['6a'], FIRST_CLOSING),
  ...of(['6b', '6c', '6d', '6e'], MIDDLE),
  ...of(['7a'], SECOND_CLOSING),
  ...of(['7b', '7c'], WIDE),
];

/** `conv2d_3` → `Conv2d_3b_1x1.conv`: Keras numbers its units through, and so does the description. */
export function inceptionNames(layer: string): string | undefined {
  const [, kind, number = '0'] = /^(conv2d|batch_normalization)(?:_(\d+))?$/.exec(layer) ?? [];
  const unit = UNITS[Number(number)];
  return kind === undefined || unit === undefined ? undefined : `${unit}.${kind === 'conv2d' ? 'conv' : 'bn'}`;
}
