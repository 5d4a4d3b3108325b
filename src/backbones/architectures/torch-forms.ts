// PyTorch's forms of networks that are described as Keras has them: other paddings, epsilons, averages and preprocessing.
import { symmetric } from '../../graph/operations/window.js';
import type { Backbone, Layer, PreprocessingName } from '../backbone.js';
import { efficientNetB0 } from './efficientnet.js';
import { inceptionV3 } from './inception.js';
import { mobileNetV2 } from './mobilenet-v2.js';
import { vgg16 } from './vgg.js';

/** `name-torch`: the network as torchvision and timm have it. Weights come from a file. */
function torchForm(
  { name, pretrained: _, ...backbone }: Backbone,
  { epsilon, preprocessing = 'torch' }: { readonly epsilon: number; readonly preprocessing?: PreprocessingName },
): Backbone {
  const blocks = backbone.blocks.map((block) => ({
    ...block,
    layers: block.layers.map((layer) => torchLayer(layer, epsilon)),
  }));
  return { ...backbone, name: `${name}-torch`, preprocessing, blocks };
}

function torchLayer(layer: Layer, epsilon: number): Layer {
  switch (layer.op) {
    case 'conv':
    case 'depthwiseConv':
      // TensorFlow's 'same' has the odd zero at the bottom and right; without a stride there is none.
      return layer.stride > 1 && layer.padding === 'same' ? { ...layer, padding: symmetric(layer.size) } : layer;
    case 'batchNorm':
      return { ...layer, scale: true, epsilon, momentum: 0.9 };
    case 'averagePool':
      return { ...layer, countsPadding: true };
    default:
      return layer;
  }
}

export const efficientNetB0Torch = torchForm(efficientNetB0, { epsilon: 1e-5 });
/** torchvision's weights are TensorFlow's: they take pixels between −1 and 1, and its `transform_input` undoes its own preprocessing. */
export const inceptionV3Torch = torchForm(inceptionV3, { epsilon: 1e-3, preprocessing: 'tf' });
export const mobileNetV2Torch = torchForm(mobileNetV2, { epsilon: 1e-5 });
export const vgg16Torch = torchForm(vgg16, { epsilon: 1e-5 });
