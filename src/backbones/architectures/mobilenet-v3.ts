// MobileNetV3-Small (Howard et al. 2019, arXiv 1905.02244), width 1, with the paddings of torchvision.
import { symmetric } from '../../graph/operations/window.js';
import { BLOCK_INPUT, type Activation, type Backbone, type Block } from '../backbone.js';
import { activation, batchNorm, block, conv, depthwiseConv, globalAveragePool, merge, type Draft } from '../layers.js';

/** Window, expanded channels, filters, whether there is squeeze-and-excite, activation, stride (table 2 of the paper). */
const BLOCKS = [
  [3, 16, 16, true, 'relu', 2],
  [3, 72, 24, false, 'relu', 2],
  [3, 88, 24, false, 'relu', 1],
  [5, 96, 40, true, 'hardSwish', 2],
  [5, 240, 40, true, 'hardSwish', 1],
  [5, 240, 40, true, 'hardSwish', 1],
  [5, 120, 48, true, 'hardSwish', 1],
  [5, 144, 48, true, 'hardSwish', 1],
  [5, 288, 96, true, 'hardSwish', 2],
  [5, 576, 96, true, 'hardSwish', 1],
  [5, 576, 96, true, 'hardSwish', 1],
] as const;

/** A quarter of the channels, as a multiple of 8 that is at least nine tenths of it (torchvision's _make_divisible). */
function squeezed(channels: number): number {
  const quarter = channels / 4;
  const rounded = Math.max(8, Math.floor((quarter + 4) / 8) * 8);
  return rounded < 0.9 * quarter ? rounded + 8 : rounded;
}

/** What each channel is multiplied with, from its average over the image. */
function squeezeExcite(name: string, input: string, channels: number): readonly Draft[] {
  return [
    globalAveragePool(`${name}_se_squeeze`),
    conv(`${name}_se_reduce`, squeezed(channels), 1, { activation: 'relu' }),
    conv(`${name}_se_expand`, channels, 1, { activation: 'hardSigmoid' }),
    merge('multiply', `${name}_se_excite`, [input, `${name}_se_expand`]),
  ];
}

function bottleneck(
  name: string,
  entering: number,
  [window, expanded, filters, hasExcite, kind, stride]: (typeof BLOCKS)[number],
): Block {
  const unit = (part: string, draft: Draft, after?: Activation): readonly Draft[] => [
    draft,
    batchNorm(`${name}_${part}_bn`),
    ...(after === undefined ? [] : [activation(`${name}_${part}_activation`, after)]),
  ];
  const depthwise = depthwiseConv(`${name}_depthwise`, window, { stride, padding: symmetric([window, window]) });
  const isResidual = stride === 1 && entering === filters;
  return block(name, [
    ...(expanded === entering ? [] : unit('expand', conv(`${name}_expand`, expanded, 1, { bias: false }), kind)),
    ...unit('depthwise', depthwise, kind),
    ...(hasExcite ? squeezeExcite(name, `${name}_depthwise_activation`, expanded) : []),
    ...unit('project', conv(`${name}_project`, filters, 1, { bias: false })),
    ...(isResidual ? [merge('add', `${name}_add`, [BLOCK_INPUT, `${name}_project_bn`])] : []),
  ]);
}

function makeBlocks(): readonly Block[] {
  let entering = 16;
  return BLOCKS.map((row, i) => {
    const made = bottleneck(`bneck${i + 1}`, entering, row);
    entering = row[2];
    return made;
  });
}

export const mobileNetV3Small: Backbone = {
  name: 'mobilenetv3small',
  inputSize: 224,
  minimumSize: 32,
  preprocessing: 'torch',
  initialiser: 'he',
  blocks: [
    block('stem', [
      conv('stem_conv', 16, 3, { stride: 2, padding: symmetric([3, 3]), bias: false }),
      batchNorm('stem_bn'),
      activation('stem_activation', 'hardSwish'),
    ]),
    ...makeBlocks(),
    block('top', [
      conv('top_conv', 576, 1, { bias: false }),
      batchNorm('top_bn'),
      activation('top_activation', 'hardSwish'),
    ]),
  ],
  // Apache-2.0: a fine-tune of torchvision's weights (BSD-3-Clause) for three classes of photographs.
  pretrained: {
    kind: 'npm',
    package: '@qvac/classification-ggml',
    version: '0.26.3',
    integrity: 'sha512-y7kL/DHwG4AmZs67lBUuwoQwIQUg4iVSRLwmCmHGFKSDdrDb5xNhugnX5FXdIsgGcr50sOYxRdfMn2Ev7zoc4g==',
    file: 'weights/mobilenetv3_3class_v3_fp16.gguf',
    sha256: 'faaa680c62f989d642032114c8892e9f43e9f2487ff7a350941715c7de9ffb6c',
    licence: 'Apache-2.0',
  },
};
