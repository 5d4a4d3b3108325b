// Where in a model file the features are: what enters its classifier, or an array that is named.
import { HpoError } from '../study/errors.js';
import { must } from '../system/must.js';
import { hint } from '../system/nearest.js';
import type { FileModel, FileNode } from './file-model.js';

/** Operators that may follow a classifier's product of matrices: they make scores of scores. */
const AFTER_CLASSIFIER = new Set([
  'Add',
  'Mul',
  'Div',
  'Reshape',
  'Flatten',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Identity',
  'Cast',
  'Softmax',
  'LogSoftmax',
  'Sigmoid',
  'QuantizeLinear',
  'DequantizeLinear',
  'ReduceMean',
  'GlobalAveragePool',
]);

/** Nodes after a classifier, at most. */
const MOST_AFTER = 12;

/** Operators that a chain to the classifier passes unchanged in number. */
const PRODUCTS = new Set([
  'MatMul',
  'Gemm',
  'QLinearMatMul',
  'MatMulInteger',
  'QGemm',
  'MatMulIntegerToFloat',
  'FusedMatMul',
  'DynamicQuantizeMatMul',
]);

export interface FeaturePlace {
  /** The name of the array. */
  readonly features: string;
  /** The classifier's nodes; none where the file ends in features. */
  readonly classifier: string | undefined;
}

/**
 * What enters the last product of matrices before the output, where nothing but its bias, a softmax and the like follow it; else the output.
 * @param output the name of an array that is the features.
 * @throws HpoError ERR_BACKBONE where the file has no such array.
 */
export function findFeatures(model: FileModel, output: string | undefined): FeaturePlace {
  const makers = makersOf(model);
  if (output !== undefined) {
    if (makers.has(output)) return { features: output, classifier: undefined };
    const names = [...makers.keys()];
    throw new HpoError(
      'ERR_BACKBONE',
      `expected an array of ${model.place}, got ${JSON.stringify(output)} at backbone.output${hint(output, names)}`,
    );
  }
  const last =
    model.outputs.find(({ name }) => /logits|scores|probabilit/i.test(name)) ?? must(model.outputs[0], 'an output');
  const rank = last.shape?.length;
  const found = rank === undefined || rank <= 2 ? classifierOf(model, makers, last.name) : undefined;
  return { features: found?.features ?? last.name, classifier: found?.classifier };
}

export function makersOf(model: FileModel): ReadonlyMap<string, FileNode> {
  return new Map(
    model.nodes.flatMap((node) => node.outputs.filter((name) => name !== '').map((name) => [name, node] as const)),
  );
}

/** Operators that make one vector of tokens or of a map. */
const POOLING = new Set([
  'Gather',
  'Slice',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Reshape',
  'Identity',
  'ReduceMean',
  'GlobalAveragePool',
]);

/** The array that the model pools to its features; the features where it does not. */
export function belowPool(model: FileModel, features: string): string {
  const makers = makersOf(model);
  const values = imageValues(model);
  let name = features;
  for (let node = makers.get(name); node !== undefined && POOLING.has(node.opType); node = makers.get(name)) {
    const next = node.inputs.find((one) => values.has(one));
    if (next === undefined) break;
    name = next;
    if (node.opType === 'ReduceMean' || node.opType === 'GlobalAveragePool' || node.opType === 'Gather') break;
  }
  return name;
}

/** Names of the values that the image's numbers decide; its shape alone does not count. */
export function imageValues(model: FileModel): ReadonlySet<string> {
  const values = new Set([model.input.name]);
  for (const { opType, inputs, outputs } of model.nodes) {
    if (opType === 'Shape' || opType === 'Size' || !inputs.some((name) => values.has(name))) continue;
    for (const name of outputs) if (name !== '') values.add(name);
  }
  return values;
}

function classifierOf(
  model: FileModel,
  makers: ReadonlyMap<string, FileNode>,
  output: string,
  values = imageValues(model),
  depth = 0,
): (FeaturePlace & { readonly isConvolution: boolean }) | undefined {
  const node = makers.get(output);
  if (node === undefined || depth > MOST_AFTER) return undefined;
  const fromNetwork = node.inputs.filter((one) => values.has(one));
  const [first, second] = fromNetwork;
  if (first === undefined) return undefined;
  if (PRODUCTS.has(node.opType) || isPointwise(model, node)) {
    // A product of two arrays that the network computes is attention.
    if (second !== undefined || first !== node.inputs[0]) return undefined;
    return { features: first, classifier: node.name, isConvolution: node.opType === 'Conv' };
  }
  if (!AFTER_CLASSIFIER.has(node.opType)) return undefined;
  // The mean of two classifiers, as distilled networks have: their own one comes first. Any other sum is a part of the network.
  const places = fromNetwork.slice(0, 2).map((one) => classifierOf(model, makers, one, values, depth + 1));
  if (fromNetwork.length > 2 || places.includes(undefined)) return undefined;
  // Two convolutions that are summed are a block and its shortcut.
  return fromNetwork.length === 2 && places.some((place) => place?.isConvolution) ? undefined : places[0];
}

/** A convolution of single pixels in place of a product: its image must be one pixel, which the shape rules check. */
function isPointwise(model: FileModel, node: FileNode): boolean {
  if (node.opType !== 'Conv') return false;
  const shape = model.weights.get(node.inputs[1] ?? '')?.shape;
  return shape?.length === 4 && shape[2] === 1 && shape[3] === 1;
}
