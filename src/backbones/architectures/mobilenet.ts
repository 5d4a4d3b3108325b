// MobileNet (Howard et al. 2017, arXiv 1704.04861), width 1.
import type { Backbone, Block } from '../backbone.js';
import { activation, batchNorm, block, conv, depthwiseConv } from '../layers.js';
import { kerasApplication } from '../pretrained.js';

/** Filters and stride of the thirteen pairs of depthwise and pointwise convolution. */
const PAIRS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

function pair(number: number, filters: number, stride: number): Block {
  const depthwise = `conv_dw_${number}`;
  const pointwise = `conv_pw_${number}`;
  // Where it strides Keras pads at the bottom and right, whatever the size; this is 'same' for even sizes alone.
  const padding =
    stride === 1
      ? 'same'
      : ([
          [0, 1],
          [0, 1],
        ] as const);
  return block(`pair${number}`, [
    depthwiseConv(depthwise, 3, { stride, padding }),
    batchNorm(`${depthwise}_bn`),
    activation(`${depthwise}_relu`, 'relu6'),
    conv(pointwise, filters, 1, { bias: false }),
    batchNorm(`${pointwise}_bn`),
    activation(`${pointwise}_relu`, 'relu6'),
  ]);
}

export const mobileNet: Backbone = {
  name: 'mobilenet',
  inputSize: 224,
  minimumSize: 32,
  preprocessing: 'tf',
  initialiser: 'glorot',
  blocks: [
    block('stem', [
      conv('conv1', 32, 3, { stride: 2, bias: false }),
      batchNorm('conv1_bn'),
      activation('conv1_relu', 'relu6'),
    ]),
    ...PAIRS.map(([filters, stride], i) => pair(i + 1, filters, stride)),
  ],
  pretrained: kerasApplication('mobilenet/mobilenet_1_0_224_tf_no_top.h5'),
};
