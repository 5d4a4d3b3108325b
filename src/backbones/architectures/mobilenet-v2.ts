// MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), width 1.
import { BLOCK_INPUT, type Backbone, type Block } from '../backbone.js';
import { activation, batchNorm, block, conv, depthwiseConv, merge, type Draft } from '../layers.js';
import { kerasApplication } from '../pretrained.js';

/** Filters, how many blocks, stride of the first. */
const STAGES = [
  [24, 2, 2],
  [32, 3, 2],
  [64, 4, 2],
  [96, 3, 1],
  [160, 3, 2],
  [320, 1, 1],
] as const;

const norm = (name: string): Draft => batchNorm(name, { momentum: 0.999 });

/** Depthwise 3×3 and 1×1 without activation. */
function separable(name: string, filters: number, stride: number): readonly Draft[] {
  return [
    depthwiseConv(`${name}_depthwise`, 3, { stride }),
    norm(`${name}_depthwise_BN`),
    activation(`${name}_depthwise_relu`, 'relu6'),
    conv(`${name}_project`, filters, 1, { bias: false }),
    norm(`${name}_project_BN`),
  ];
}

/** Expand sixfold, filter, project; added to its input where shapes agree. */
function invertedResidual(name: string, entering: number, filters: number, stride: number): Block {
  return block(name, [
    conv(`${name}_expand`, 6 * entering, 1, { bias: false }),
    norm(`${name}_expand_BN`),
    activation(`${name}_expand_relu`, 'relu6'),
    ...separable(name, filters, stride),
    ...(stride === 1 && entering === filters ? [merge('add', `${name}_add`, [BLOCK_INPUT, `${name}_project_BN`])] : []),
  ]);
}

function makeBlocks(): readonly Block[] {
  const blocks: Block[] = [];
  let entering = 16;
  for (const [filters, count, stride] of STAGES) {
    for (let i = 0; i < count; i++) {
      blocks.push(invertedResidual(`block_${blocks.length + 1}`, entering, filters, i === 0 ? stride : 1));
      entering = filters;
    }
  }
  return blocks;
}

export const mobileNetV2: Backbone = {
  name: 'mobilenetv2',
  inputSize: 224,
  minimumSize: 32,
  preprocessing: 'tf',
  initialiser: 'glorot',
  blocks: [
    block('stem', [
      conv('Conv1', 32, 3, { stride: 2, bias: false }),
      norm('bn_Conv1'),
      activation('Conv1_relu', 'relu6'),
      ...separable('expanded_conv', 16, 1),
    ]),
    ...makeBlocks(),
    block('top', [conv('Conv_1', 1280, 1, { bias: false }), norm('Conv_1_bn'), activation('out_relu', 'relu6')]),
  ],
  pretrained: kerasApplication('mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5'),
};
