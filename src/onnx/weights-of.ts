// Which arrays of a model file are weights, and how the state holds them.
import type { HostTensor } from '../graph/host-tensor.js';
import { transposed } from '../graph/onnx/layout.js';
import type { FileModel, FileTensor } from './file-model.js';
import { cutsPatches } from './operators/windows.js';
import { floatsOf, isFloat } from './tensors.js';
import type { WeightForm } from './traced.js';

/** Tables that exporters write beside weights: masks, angles of positions. */
const TABLE =
  /(^|[._/])(attn_mask|mask|relative_position_index|relative_coords_table|inv_freq|rope|freqs?_cis|sin|cos|sin_cached|cos_cached)($|[._/:])/i;

/** What torch.onnx names arrays that it computed beforehand, of no parameter: frequencies of positions. */
const COMPUTED = /^(pow|arange|linspace|sin|cos)(_\d+)?$/;

/** Operators that read from their second input on how they work: the scales of a resize, say. */
const SETTINGS = new Set(['Resize', 'Upsample', 'Pad', 'Pow', 'Clip']);

/** Numbers of float arrays of more than one number; not the statistics of BatchNorm, nor masks and settings of operators. */
export function trainedWeights(model: FileModel): ReadonlySet<string> {
  const fixed = new Set<string>();
  for (const { opType, inputs } of model.nodes) {
    if (opType === 'BatchNormalization') for (const name of inputs.slice(3, 5)) fixed.add(name);
    if (SETTINGS.has(opType)) for (const name of inputs.slice(1)) fixed.add(name);
  }
  const isWeight = ([name, tensor]: [string, FileTensor]): boolean => {
    const size = tensor.shape.reduce((product, d) => product * d, 1);
    return (
      isFloat(tensor.type) &&
      size > 1 &&
      !fixed.has(name) &&
      !TABLE.test(name) &&
      !COMPUTED.test(name) &&
      !isMask(tensor)
    );
  };
  return new Set([...model.weights].filter(isWeight).map(([name]) => name));
}

/** Zeros and numbers so low that a softmax makes zeros of them. */
function isMask(tensor: FileTensor): boolean {
  const last = tensor.shape.length >= 2 && tensor.shape.at(-1) === tensor.shape.at(-2);
  if (!last) return false;
  const numbers = floatsOf(tensor);
  return numbers.every((one) => one === 0 || one <= -100) && numbers.some((one) => one !== 0);
}

/** Kernels that convolutions alone read are held as such, since engines lay them out in their own way. */
export function weightForms(model: FileModel): ReadonlyMap<string, WeightForm> {
  const forms = new Map<string, WeightForm>();
  for (const node of model.nodes) {
    node.inputs.forEach((name, i) => {
      const tensor = model.weights.get(name);
      if (tensor === undefined) return;
      const form = node.opType === 'Conv' && node.domain === '' && i === 1 ? kernelForm(node, tensor) : 'plain';
      const before = forms.get(name);
      forms.set(name, before === undefined || before === form ? form : 'plain');
    });
  }
  return forms;
}

function kernelForm(node: FileModel['nodes'][number], { shape }: FileTensor): WeightForm {
  if (shape.length !== 4 || cutsPatches(node, shape)) return 'plain';
  const group = node.attributes.get('group')?.value ?? 1;
  return shape[1] === 1 && group === shape[0] && group !== 1 ? 'depthwiseKernel' : 'kernel';
}

const FROM_FILE = { kernel: [2, 3, 1, 0], depthwiseKernel: [2, 3, 0, 1] } as const;

/** A weight as the state holds it. */
export function hostTensorOf(tensor: FileTensor, form: WeightForm): HostTensor {
  const data = floatsOf(tensor);
  if (form === 'plain') return { shape: tensor.shape, role: 'plain', data };
  const permutation = FROM_FILE[form];
  const shape = permutation.map((axis) => tensor.shape[axis] ?? 1);
  return { shape, role: form, data: transposed(data, tensor.shape, permutation) };
}

const TO_FILE = { kernel: [3, 2, 0, 1], depthwiseKernel: [2, 3, 0, 1] } as const;

/** A weight as the file holds it, in float32: the way back from `hostTensorOf`. */
export function fileTensorOf({ shape, data }: HostTensor, form: WeightForm): FileTensor {
  const permutation = form === 'plain' ? undefined : TO_FILE[form];
  const values = permutation === undefined ? data : transposed(data, shape, permutation);
  return {
    type: 'float32',
    shape: permutation?.map((axis) => shape[axis] ?? 1) ?? shape,
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** The shape that the state gives a weight of the file. */
export function heldShape(shape: readonly number[], form: WeightForm): readonly number[] {
  return form === 'plain' ? shape : FROM_FILE[form].map((axis) => shape[axis] ?? 1);
}
