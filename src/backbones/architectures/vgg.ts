// VGG16 (Simonyan, Zisserman 2014, arXiv 1409.1556).
import type { Backbone, Block } from '../backbone.js';
import { block, conv, pool } from '../layers.js';
import { kerasApplication } from '../pretrained.js';

function stage(name: string, filters: number, convolutions: number): Block {
  const layers = Array.from({ length: convolutions }, (_, i) =>
    conv(`${name}_conv${i + 1}`, filters, 3, { activation: 'relu' }),
  );
  return block(name, [...layers, pool('maxPool', `${name}_pool`, 2, 2, 'valid')]);
}

export const vgg16: Backbone = {
  name: 'vgg16',
  inputSize: 224,
  minimumSize: 32,
  preprocessing: 'caffe',
  // Keras starts it by Glorot, from which so deep a network without normalisation hardly learns (He et al. 2015, section 2.2).
  initialiser: 'he',
  blocks: [
    stage('block1', 64, 2),
    stage('block2', 128, 2),
    stage('block3', 256, 3),
    stage('block4', 512, 3),
    stage('block5', 512, 3),
  ],
  pretrained: kerasApplication(
    'vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5',
    '6d6bbae143d832006294945121d1f1fc',
  ),
};
