// ResNet (He et al. 2015, arXiv 1512.03385): Keras's form, and PyTorch's.
import { symmetric } from '../../graph/operations/window.js';
import { BLOCK_INPUT, type Backbone, type Block } from '../backbone.js';
import { activation, batchNorm, block, conv, merge, pool, type Draft } from '../layers.js';
import { kerasApplication } from '../pretrained.js';

/**
 * keras: bottlenecks stride in the first 1×1, convolutions have biases. torch: they stride in the 3×3 (Goyal et al. 2017, arXiv
 * 1706.02677, section 5.1, called v1.5), convolutions have none.
 */
type Form = 'keras' | 'torch';

const norm = (name: string, form: Form): Draft =>
  form === 'keras' ? batchNorm(name, { epsilon: 1.001e-5 }) : batchNorm(name, { epsilon: 1e-5, momentum: 0.9 });

interface BlockPlan {
  readonly name: string;
  readonly filters: number;
  readonly stride: number;
  readonly form: Form;
  /** Whether the shortcut is a convolution, because the shape changes. */
  readonly projects: boolean;
}

/** Around `inner`, whose last layer is the BatchNorm `${name}_${last}_bn`. */
function residual(plan: BlockPlan, widening: number, last: number, inner: readonly Draft[]): Block {
  const { name, filters, stride, form, projects } = plan;
  const shortcut = [
    conv(`${name}_0_conv`, widening * filters, 1, { stride, bias: form === 'keras', input: BLOCK_INPUT }),
    norm(`${name}_0_bn`, form),
  ];
  return block(name, [
    ...(projects ? shortcut : []),
    ...inner,
    merge('add', `${name}_add`, [projects ? `${name}_0_bn` : BLOCK_INPUT, `${name}_${last}_bn`]),
    activation(`${name}_out`, 'relu'),
  ]);
}

/** 1×1, 3×3 and 1×1 convolutions. */
function bottleneck(plan: BlockPlan): Block {
  const { name, filters, stride, form } = plan;
  const bias = form === 'keras';
  const [first, second] = form === 'keras' ? [stride, 1] : [1, stride];
  const padding = second === 1 ? 'same' : symmetric([3, 3]);
  return residual(plan, 4, 3, [
    conv(`${name}_1_conv`, filters, 1, { stride: first, bias, input: BLOCK_INPUT }),
    norm(`${name}_1_bn`, form),
    activation(`${name}_1_relu`, 'relu'),
    conv(`${name}_2_conv`, filters, 3, { stride: second, padding, bias }),
    norm(`${name}_2_bn`, form),
    activation(`${name}_2_relu`, 'relu'),
    conv(`${name}_3_conv`, 4 * filters, 1, { bias }),
    norm(`${name}_3_bn`, form),
  ]);
}

/** Two 3×3 convolutions, in networks of fewer than 50 layers. */
function basic(plan: BlockPlan): Block {
  const { name, filters, stride, form } = plan;
  return residual(plan, 1, 2, [
    conv(`${name}_1_conv`, filters, 3, { stride, padding: symmetric([3, 3]), bias: false, input: BLOCK_INPUT }),
    norm(`${name}_1_bn`, form),
    activation(`${name}_1_relu`, 'relu'),
    conv(`${name}_2_conv`, filters, 3, { bias: false }),
    norm(`${name}_2_bn`, form),
  ]);
}

function stem(form: Form): Block {
  return block('stem', [
    conv('conv1_conv', 64, 7, { stride: 2, padding: symmetric([7, 7]), bias: form === 'keras' }),
    norm('conv1_bn', form),
    activation('conv1_relu', 'relu'),
    // Keras pads with zeros; what enters is not negative, so that the maximum is the same.
    pool('maxPool', 'pool1_pool', 3, 2, symmetric([3, 3])),
  ]);
}

type Counts = readonly [number, number, number, number];

function stages(counts: Counts, form: Form, make: (plan: BlockPlan) => Block): readonly Block[] {
  return counts.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      // The first bottlenecks widen what the stem gives; the first basic blocks need not.
      const projects = i === 0 && (stage > 0 || make === bottleneck);
      return make({ name: `conv${stage + 2}_block${i + 1}`, filters: 64 * 2 ** stage, stride, form, projects });
    }),
  );
}

const COMMON = { inputSize: 224, minimumSize: 32 } as const;

function kerasResnet(layers: number, counts: Counts, md5: string): Backbone {
  return {
    name: `resnet${layers}`,
    ...COMMON,
    preprocessing: 'caffe',
    initialiser: 'glorot',
    blocks: [stem('keras'), ...stages(counts, 'keras', bottleneck)],
    pretrained: kerasApplication(`resnet/resnet${layers}_weights_tf_dim_ordering_tf_kernels_notop.h5`, md5),
  };
}

function torchResnet(name: string, counts: Counts, make: (plan: BlockPlan) => Block): Backbone {
  return {
    name,
    ...COMMON,
    preprocessing: 'torch',
    initialiser: 'he',
    blocks: [stem('torch'), ...stages(counts, 'torch', make)],
  };
}

export const resnet50 = kerasResnet(50, [3, 4, 6, 3], '4d473c1dd8becc155b73f8504c6f6626');
export const resnet152 = kerasResnet(152, [3, 8, 36, 3], 'ee4c566cf9a93f14d82f913c2dc6dd0c');
/** Keras has none of these sizes, so that they need no other name. */
export const resnet18 = torchResnet('resnet18', [2, 2, 2, 2], basic);
export const resnet34 = torchResnet('resnet34', [3, 4, 6, 3], basic);
export const resnet50Torch = torchResnet('resnet50-torch', [3, 4, 6, 3], bottleneck);
