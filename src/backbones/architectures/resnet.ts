// ResNet50 and ResNet152 (He et al. 2015, arXiv 1512.03385), the stride in the first 1×1 as Keras has it.
import { BLOCK_INPUT, type Backbone, type Block } from '../backbone.js';
import { activation, batchNorm, block, conv, merge, pool, type Draft } from '../layers.js';
import { kerasApplication } from '../pretrained.js';

const norm = (name: string): Draft => batchNorm(name, { epsilon: 1.001e-5 });

/** 1×1, 3×3 and 1×1 convolutions around a shortcut, which is a convolution where the shape changes. */
function bottleneck(name: string, filters: number, stride: number, isFirst: boolean): Block {
  const shortcut = [conv(`${name}_0_conv`, 4 * filters, 1, { stride, input: BLOCK_INPUT }), norm(`${name}_0_bn`)];
  return block(name, [
    ...(isFirst ? shortcut : []),
    conv(`${name}_1_conv`, filters, 1, { stride, input: BLOCK_INPUT }),
    norm(`${name}_1_bn`),
    activation(`${name}_1_relu`, 'relu'),
    conv(`${name}_2_conv`, filters, 3),
    norm(`${name}_2_bn`),
    activation(`${name}_2_relu`, 'relu'),
    conv(`${name}_3_conv`, 4 * filters, 1),
    norm(`${name}_3_bn`),
    merge('add', `${name}_add`, [isFirst ? `${name}_0_bn` : BLOCK_INPUT, `${name}_3_bn`]),
    activation(`${name}_out`, 'relu'),
  ]);
}

function stage(name: string, filters: number, blocks: number, stride: number): readonly Block[] {
  return Array.from({ length: blocks }, (_, i) =>
    bottleneck(`${name}_block${i + 1}`, filters, i === 0 ? stride : 1, i === 0),
  );
}

const stem = block('stem', [
  conv('conv1_conv', 64, 7, {
    stride: 2,
    padding: [
      [3, 3],
      [3, 3],
    ],
  }),
  norm('conv1_bn'),
  activation('conv1_relu', 'relu'),
  // Keras pads with zeros; what enters is not negative, so that the maximum is the same.
  pool('maxPool', 'pool1_pool', 3, 2, [
    [1, 1],
    [1, 1],
  ]),
]);

function resnet(
  layers: number,
  [two, three, four, five]: readonly [number, number, number, number],
  md5: string,
): Backbone {
  return {
    name: `resnet${layers}`,
    inputSize: 224,
    minimumSize: 32,
    preprocessing: 'caffe',
    initialiser: 'glorot',
    blocks: [
      stem,
      ...stage('conv2', 64, two, 1),
      ...stage('conv3', 128, three, 2),
      ...stage('conv4', 256, four, 2),
      ...stage('conv5', 512, five, 2),
    ],
    pretrained: kerasApplication(`resnet/resnet${layers}_weights_tf_dim_ordering_tf_kernels_notop.h5`, md5),
  };
}

export const resnet50 = resnet(50, [3, 4, 6, 3], '4d473c1dd8becc155b73f8504c6f6626');
export const resnet152 = resnet(152, [3, 8, 36, 3], 'ee4c566cf9a93f14d82f913c2dc6dd0c');
