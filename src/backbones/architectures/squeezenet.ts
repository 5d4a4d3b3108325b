// SqueezeNet 1.1 (Iandola et al. 2016, arXiv 1602.07360; version 1.1 of the authors' repository).
import type { Backbone } from '../backbone.js';
import { block, conv, merge, pool, type Draft } from '../layers.js';

/** A fire module: squeeze to few channels by 1×1, expand by 1×1 and 3×3 in parallel. */
function fire(name: string, squeeze: number, expand: number): readonly Draft[] {
  const squeezed = `${name}/squeeze1x1`;
  return [
    conv(squeezed, squeeze, 1, { activation: 'relu' }),
    conv(`${name}/expand1x1`, expand, 1, { activation: 'relu', input: squeezed }),
    conv(`${name}/expand3x3`, expand, 3, { activation: 'relu', input: squeezed }),
    merge('concat', `${name}/concat`, [`${name}/expand1x1`, `${name}/expand3x3`]),
  ];
}

const maxPool = (name: string): Draft => pool('maxPool', name, 3, 2, 'valid');

export const squeezenet: Backbone = {
  name: 'squeezenet1.1',
  inputSize: 224,
  minimumSize: 31,
  preprocessing: 'caffe',
  initialiser: 'he',
  // Each pool closes a block: the four top blocks, those most often trained, hold none.
  blocks: [
    block('stem', [conv('conv1', 64, 3, { stride: 2, padding: 'valid', activation: 'relu' }), maxPool('pool1')]),
    block('fire2', fire('fire2', 16, 64)),
    block('fire3', [...fire('fire3', 16, 64), maxPool('pool3')]),
    block('fire4', fire('fire4', 32, 128)),
    block('fire5', [...fire('fire5', 32, 128), maxPool('pool5')]),
    block('fire6', fire('fire6', 48, 192)),
    block('fire7', fire('fire7', 48, 192)),
    block('fire8', fire('fire8', 64, 256)),
    block('fire9', fire('fire9', 64, 256)),
  ],
  // Named by its authors in keras_squeezenet/squeezenet.py, without a checksum.
  pretrained: {
    kind: 'download',
    url: 'https://github.com/rcmalli/keras-squeezenet/releases/download/v1.0/squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5',
  },
};
