// Random weights for a network that is trained from scratch.
import { must } from '../system/must.js';
import type { RandomStream } from '../math/random.js';
import { sizeOf, type HostTensor } from '../graph/host-tensor.js';
import type { Backbone, Initialiser, ModelFile } from './backbone.js';
import { parameterSpecs, type ParameterSpec } from './parameters.js';

/**
 * Fresh parameters, the stream of each derived from its name. He: truncated normal of variance 2 / fanIn (He et al. 2015); Glorot:
 * uniform of variance 2 / (fanIn + fanOut) (Glorot, Bengio 2010); both as Keras draws them. Biases, beta and moving means 0, gamma and
 * moving variances 1.
 */
export function initialise(backbone: Backbone, random: RandomStream): Map<string, HostTensor> {
  const initialisers = new Map<string, Initialiser>();
  for (const layer of backbone.blocks.flatMap((block) => block.layers)) {
    initialisers.set(layer.name, (layer.op === 'conv' ? layer.initialiser : undefined) ?? backbone.initialiser);
  }
  const tensors = new Map<string, HostTensor>();
  for (const spec of parameterSpecs(backbone)) {
    const data = draw(spec, must(initialisers.get(spec.layer), 'a layer of the backbone'), random.derive(spec.name));
    tensors.set(spec.name, { shape: spec.shape, role: spec.role, data });
  }
  return tensors;
}

function draw(spec: ParameterSpec, initialiser: Initialiser, random: RandomStream): Float32Array {
  const data = new Float32Array(sizeOf(spec.shape));
  if (spec.weight === 'gamma' || spec.weight === 'moving_variance') return data.fill(1);
  if (!spec.weight.endsWith('kernel') || initialiser === 'zeros') return data;
  const [height, width, channels, filters] = spec.shape as [number, number, number, number];
  const depthwise = spec.role === 'depthwiseKernel';
  const fanIn = height * width * (depthwise ? 1 : channels);
  const fanOut = height * width * filters;
  if (initialiser === 'glorot') {
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    return data.map(() => random.uniform(-limit, limit));
  }
  // A normal distribution cut at two deviations has 0.8796 of its deviation.
  const deviation = Math.sqrt(2 / fanIn) / 0.87962566103423978;
  return data.map(() => deviation * truncatedNormal(random));
}

function truncatedNormal(random: RandomStream): number {
  for (;;) {
    const value = random.normal();
    if (Math.abs(value) <= 2) return value;
  }
}

/**
 * Random numbers in place of a model file's: matrices and kernels as He's, by the numbers that make one output. Vectors, whose part the file does not
 * tell, become ones where they are closer to 1 on average than to 0 (factors of normalisations), else zeros.
 */
export function reinitialised(
  file: ModelFile,
  tensors: ReadonlyMap<string, HostTensor>,
  random: RandomStream,
): Map<string, HostTensor> {
  const kernels = new Map(file.weights.map(({ name, isKernel }) => [name, isKernel]));
  const fresh = ([name, tensor]: [string, HostTensor]): [string, HostTensor] => {
    const { shape, role, data } = tensor;
    if (kernels.get(name) !== true) {
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
      return [name, { ...tensor, data: new Float32Array(data.length).fill(mean > 0.5 ? 1 : 0) }];
    }
    const outputs = role === 'plain' ? Math.min(...shape.filter((d) => d > 1)) : (shape.at(-1) ?? 1);
    const fanIn = role === 'depthwiseKernel' ? sizeOf(shape.slice(0, 2)) : data.length / outputs;
    const deviation = Math.sqrt(2 / fanIn) / 0.87962566103423978;
    const stream = random.derive(name);
    return [name, { ...tensor, data: data.map(() => deviation * truncatedNormal(stream)) }];
  };
  return new Map([...tensors].map(fresh));
}
