// EfficientNetB0 (Tan, Le 2019, arXiv 1905.11946).
import { BLOCK_INPUT, type Backbone, type Block } from '../backbone.js';
import { activation, batchNorm, block, conv, depthwiseConv, globalAveragePool, merge, type Draft } from '../layers.js';

/** Window, how many blocks, filters, expansion, stride of the first. */
const STAGES = [
  [3, 1, 16, 1, 1],
  [3, 2, 24, 6, 2],
  [5, 2, 40, 6, 2],
  [3, 3, 80, 6, 2],
  [5, 3, 112, 6, 1],
  [5, 4, 192, 6, 2],
  [3, 1, 320, 6, 1],
] as const;

/** What each channel is multiplied with, from its average over the image. */
function squeezeExcite(name: string, input: string, channels: number, squeezed: number): readonly Draft[] {
  return [
    globalAveragePool(`${name}_se_squeeze`),
    conv(`${name}_se_reduce`, squeezed, 1, { activation: 'swish' }),
    conv(`${name}_se_expand`, channels, 1, { activation: 'sigmoid' }),
    merge('multiply', `${name}_se_excite`, [input, `${name}_se_expand`]),
  ];
}

function mobileBlock(
  name: string,
  window: number,
  entering: number,
  filters: number,
  expansion: number,
  stride: number,
): Block {
  const channels = expansion * entering;
  const expand = [
    conv(`${name}_expand_conv`, channels, 1, { bias: false }),
    batchNorm(`${name}_expand_bn`),
    activation(`${name}_expand_activation`, 'swish'),
  ];
  return block(name, [
    ...(expansion === 1 ? [] : expand),
    depthwiseConv(`${name}_dwconv`, window, { stride }),
    batchNorm(`${name}_bn`),
    activation(`${name}_activation`, 'swish'),
    ...squeezeExcite(name, `${name}_activation`, channels, entering / 4),
    conv(`${name}_project_conv`, filters, 1, { bias: false }),
    batchNorm(`${name}_project_bn`),
    ...(stride === 1 && entering === filters ? [merge('add', `${name}_add`, [BLOCK_INPUT, `${name}_project_bn`])] : []),
  ]);
}

function makeBlocks(): readonly Block[] {
  const blocks: Block[] = [];
  let entering = 32;
  for (const [index, [window, count, filters, expansion, stride]] of STAGES.entries()) {
    for (let i = 0; i < count; i++) {
      const name = `block${index + 1}${'abcd'[i]}`;
      blocks.push(mobileBlock(name, window, entering, filters, expansion, i === 0 ? stride : 1));
      entering = filters;
    }
  }
  return blocks;
}

export const efficientNetB0: Backbone = {
  name: 'efficientnetb0',
  inputSize: 224,
  minimumSize: 32,
  preprocessing: 'torch',
  initialiser: 'he',
  blocks: [
    block('stem', [
      conv('stem_conv', 32, 3, { stride: 2, bias: false }),
      batchNorm('stem_bn'),
      activation('stem_activation', 'swish'),
    ]),
    ...makeBlocks(),
    block('top', [
      conv('top_conv', 1280, 1, { bias: false }),
      batchNorm('top_bn'),
      activation('top_activation', 'swish'),
    ]),
  ],
  pretrained: {
    kind: 'download',
    url: 'https://storage.googleapis.com/keras-applications/efficientnetb0_notop.h5',
    md5: '50bc09e76180e00e4465e1a485ddc09d',
  },
};
