// The topology of a tfjs layers model (model.json) that follows from a backbone: plain JSON, made without tfjs.
import { must } from '../../system/must.js';
import { HpoError } from '../../study/errors.js';
import { BLOCK_INPUT, type Activation, type Backbone, type Layer, type PoolLayer } from '../backbone.js';
import { channelsAfter } from '../parameters.js';
import { type Padding, symmetric } from '../../graph/operations/window.js';
import { PREPROCESSING_LAYER } from './match.js';

/** A layer as the Keras configuration format has it; inputs by name. */
export interface TopologyLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[];
}

/** From pixels to the output of the backbone's last layer, which is the last entry. */
export function backboneTopology(backbone: Backbone, inputSize: number): TopologyLayer[] {
  const shape = [null, inputSize, inputSize, 3];
  const config = { batch_input_shape: shape, dtype: 'float32', sparse: false };
  const layers: TopologyLayer[] = [{ className: 'InputLayer', name: 'pixels', config, inputs: [] }];
  if (backbone.preprocessing !== 'none') {
    const preprocessing = { ...convolution([1, 1], 1, 'valid', undefined, true), filters: 3, trainable: false };
    layers.push({ className: 'Conv2D', name: PREPROCESSING_LAYER, config: preprocessing, inputs: ['pixels'] });
  }
  let channels = 3;
  /** The layers that hold the outputs: an activation that tfjs lacks is made of several layers. */
  const outputs = new Map<string, string>();
  for (const block of backbone.blocks) {
    const entering = must(layers.at(-1), 'a layer before').name;
    const channelsOf = new Map([[BLOCK_INPUT, channels]]);
    for (const layer of block.layers) {
      channels = channelsAfter(
        layer,
        layer.inputs.map((name) => must(channelsOf.get(name), 'an earlier layer as input')),
      );
      channelsOf.set(layer.name, channels);
      const inputs = layer.inputs.map((name) => (name === BLOCK_INPUT ? entering : (outputs.get(name) ?? name)));
      layers.push(...layersOf(layer, inputs, channels, layers));
      outputs.set(layer.name, must(layers.at(-1), 'a layer').name);
    }
  }
  return layers;
}

function layersOf(
  layer: Layer,
  inputs: readonly string[],
  channels: number,
  before: readonly TopologyLayer[],
): TopologyLayer[] {
  const { name } = layer;
  const one = (className: string, config: TopologyLayer['config'] = {}): TopologyLayer[] => [
    { className, name, config, inputs },
  ];
  switch (layer.op) {
    case 'conv':
    case 'depthwiseConv': {
      const { size, stride, padding, activation, bias } = layer;
      const own = isComposed(activation) ? undefined : activation;
      const config = convolution(size, stride, padding, own, bias);
      const extra =
        layer.op === 'conv' ? { filters: layer.filters } : { depth_multiplier: 1, depthwise_initializer: ZEROS };
      const className = layer.op === 'conv' ? 'Conv2D' : 'DepthwiseConv2D';
      return [
        ...padded(className, name, { ...config, ...extra }, inputs, padding),
        ...(isComposed(activation) ? composed(activation, `${name}_activation`, name) : []),
      ];
    }
    case 'batchNorm':
      // Always with gamma: a layer without one fails when tfjs trains it.
      return one('BatchNormalization', {
        axis: 3,
        momentum: layer.momentum,
        epsilon: layer.epsilon,
        center: true,
        scale: true,
      });
    case 'activation':
      return isComposed(layer.activation)
        ? composed(layer.activation, name, must(inputs[0], 'an input'))
        : one('Activation', { activation: layer.activation });
    case 'maxPool':
    case 'averagePool': {
      const config = {
        pool_size: layer.size,
        strides: [layer.stride, layer.stride],
        padding: paddingName(layer.padding),
      };
      const className = layer.op === 'maxPool' ? 'MaxPooling2D' : 'AveragePooling2D';
      if (layer.countsPadding === true) {
        const valid = { ...config, padding: 'valid' };
        return padded(className, name, valid, inputs, symmetric(layer.size));
      }
      if (typeof layer.padding !== 'string') expectZeroPaddable(layer, before);
      return padded(className, name, config, inputs, layer.padding);
    }
    case 'globalAveragePool': {
      const averaged = `${name}_average`;
      return [
        { className: 'GlobalAveragePooling2D', name: averaged, config: {}, inputs },
        { className: 'Reshape', name, config: { target_shape: [1, 1, channels] }, inputs: [averaged] },
      ];
    }
    case 'add':
      return one('Add');
    case 'multiply':
      return one('Multiply');
    case 'concat':
      return one('Concatenate', { axis: -1 });
  }
}

type Composed = 'hardSwish' | 'hardSigmoid';

/** Activations that tfjs has not, or has in another form. */
function isComposed(activation: Activation | undefined): activation is Composed {
  return activation === 'hardSwish' || activation === 'hardSigmoid';
}

/** The hardSigmoid of tfjs is clip(x / 5 + 1/2, 0, 1), that of MobileNetV3 clip(x / 6 + 1/2, 0, 1). */
function composed(activation: Composed, name: string, input: string): TopologyLayer[] {
  const gate = activation === 'hardSigmoid' ? name : `${name}_gate`;
  const sigmoid: TopologyLayer[] = [
    { className: 'Rescaling', name: `${name}_scaled`, config: { scale: 5 / 6, offset: 0 }, inputs: [input] },
    { className: 'Activation', name: gate, config: { activation: 'hardSigmoid' }, inputs: [`${name}_scaled`] },
  ];
  if (activation === 'hardSigmoid') return sigmoid;
  return [...sigmoid, { className: 'Multiply', name, config: {}, inputs: [input, gate] }];
}

/** Weights follow, so that nothing is drawn at random while the model is loaded. */
export const ZEROS = { class_name: 'Zeros', config: {} };

function convolution(
  size: readonly [number, number],
  stride: number,
  padding: Padding,
  activation: Activation | undefined,
  bias: boolean,
): Record<string, unknown> {
  return {
    kernel_size: size,
    strides: [stride, stride],
    padding: paddingName(padding),
    data_format: 'channels_last',
    activation: activation ?? 'linear',
    use_bias: bias,
    kernel_initializer: ZEROS,
  };
}

const paddingName = (padding: Padding): string => (typeof padding === 'string' ? padding : 'valid');

/** Margins become a layer. */
function padded(
  className: string,
  name: string,
  config: TopologyLayer['config'],
  inputs: readonly string[],
  padding: Padding,
): TopologyLayer[] {
  if (typeof padding === 'string') return [{ className, name, config, inputs }];
  const pad = `${name}_pad`;
  return [
    { className: 'ZeroPadding2D', name: pad, config: { padding, data_format: 'channels_last' }, inputs },
    { className, name, config, inputs: [pad] },
  ];
}

/** Padding with zeros changes no maximum where what enters is not negative; averages it would change. */
function expectZeroPaddable(layer: PoolLayer, before: readonly TopologyLayer[]): void {
  const activation = before.find(({ name }) => name === layer.inputs[0])?.config.activation;
  if (layer.op === 'maxPool' && (activation === 'relu' || activation === 'relu6')) return;
  throw new HpoError(
    'ERR_BACKBONE',
    `expected max-pooling after relu, because it has margins, got ${layer.op} ${layer.name}`,
  );
}
