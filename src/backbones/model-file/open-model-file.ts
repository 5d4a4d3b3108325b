// A model file as a backbone: its blocks, its sizes and its preprocessing, for images of one size.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { GraphBuilder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { transpose } from '../../graph/operations/transpose.js';
import type { FileModel, FileNode } from '../../onnx/file-model.js';
import { FileNetwork } from '../../onnx/network.js';
import { type FilePart, partsOf } from '../../onnx/parts.js';
import { type SubgraphOptions, encodeSubgraph } from '../../onnx/subgraph.js';
import { readOnnxModel } from '../../onnx/read-model.js';
import { fileTensorOf, heldShape } from '../../onnx/weights-of.js';
import { HpoError } from '../../study/errors.js';
import type { BackboneConfiguration } from '../../study/schema/backbone-schema.js';
import { MAX_INPUT_SIZE } from '../../study/schema/backbone-schema.js';
import { must } from '../../system/must.js';
import type { Backbone, Cut, FileClassifier, FileRange, FileWeight, ModelFile } from '../backbone.js';
import { pool, poolShape, poolingOf } from './pool.js';
import { type FoundPreprocessing, preprocessingBeside, preprocessingPlaces } from './preprocessing-beside.js';

export interface ModelFileOptions extends Pick<BackboneConfiguration, 'output' | 'pool' | 'preprocessing'> {
  /** Side of the images. Default: the file's, else that of its preprocessing, else 224. */
  readonly inputSize?: number | undefined;
}

/** As ImageNet is usually classified. */
const USUAL_SIDE = 224;

/** Tables and tokens that are learned but, like biases, not decayed (timm, `no_weight_decay`). */
const NOT_DECAYED =
  /(pos_embed|position_embeddings|cls_token|class_token|dist_token|reg_token|relative_position_bias_table)/i;

interface Opened {
  readonly backbone: Backbone;
  /** All files that it was made of. */
  readonly files: readonly string[];
  /** How these were. */
  readonly stamp: string;
}

/** The last ones opened: several parts of a program ask for the same one. */
const opened = new Map<string, Opened>();
const MOST_OPENED = 4;

/**
 * @param path absolute.
 * @throws HpoError ERR_WEIGHTS where the file is damaged or does not take images of this size, ERR_BACKBONE where it has no such output.
 */
export function openModelFile(name: string, path: string, options: ModelFileOptions = {}): Backbone {
  const key = JSON.stringify([name, path, options]);
  const known = opened.get(key);
  if (known !== undefined && stampOf(known.files) === known.stamp) return known.backbone;
  // Looked at before they are read: a change in between is noticed by the next one who asks.
  const before = [path, ...preprocessingPlaces(path)];
  const stamp = stampOf(before);
  const { backbone, beside } = newBackbone(name, path, options);
  opened.delete(key);
  opened.set(key, { backbone, files: [...before, ...beside], stamp: stamp + stampOf(beside) });
  for (const oldest of opened.keys()) if (opened.size > MOST_OPENED) opened.delete(oldest);
  return backbone;
}

/** Changes with every change of a file; a file that is not there has one as well. */
function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const { mtimeMs = 0, size = 0, ino = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {};
      return `${mtimeMs} ${size} ${ino};`;
    })
    .join('');
}

function newBackbone(
  name: string,
  path: string,
  options: ModelFileOptions,
): { readonly backbone: Backbone; readonly beside: readonly string[] } {
  const { output, pool: pooling } = options;
  const network = new FileNetwork(readOnnxModel(path), { output, pool: pooling });
  const found = preprocessingBeside(path, options.preprocessing, name);
  const side = options.inputSize ?? network.side ?? found.size ?? USUAL_SIDE;
  if (side > MAX_INPUT_SIZE) {
    throw new HpoError('ERR_WEIGHTS', `expected images of at most ${MAX_INPUT_SIZE} pixels, got ${side} at ${path}`);
  }
  const file = new OnnxModelFile(network, side, options, found, name);
  const backbone: Backbone = {
    name,
    inputSize: side,
    minimumSize: 1,
    preprocessing: found.preprocessing,
    initialiser: 'he',
    blocks: file.parts.map((part) => ({ name: part.name, layers: [] })),
    file,
  };
  return { backbone, beside: network.model.beside };
}

class OnnxModelFile implements ModelFile {
  readonly path: string;
  readonly parts: readonly FilePart[];
  readonly multiplyAccumulates: readonly number[];
  readonly weights: readonly FileWeight[];
  readonly trainable: { readonly depth: number; readonly reason: string | undefined };
  private known: string | undefined;

  constructor(
    private readonly network: FileNetwork,
    readonly side: number,
    private readonly options: ModelFileOptions,
    private readonly found: FoundPreprocessing,
    private readonly name: string,
  ) {
    this.path = network.model.place;
    const trace = network.trace(side);
    const cost = (node: FileNode): number => trace.multiplyAccumulates.get(node) ?? 0;
    const isWork = (node: FileNode): boolean => cost(node) > 0 || /Conv|MatMul|Gemm/.test(node.opType);
    this.parts = partsOf(network.model, network.place.features, isWork);
    if (this.parts.length === 0) {
      throw new HpoError('ERR_BACKBONE', `expected a network between image and features, got none at ${this.path}`);
    }
    this.multiplyAccumulates = this.parts.map(({ nodes }) => nodes.reduce((sum, node) => sum + cost(node), 0));
    this.weights = this.findWeights();
    this.trainable = this.findTrainable();
    // Both say now what would be said later.
    poolShape(this.featureShape, options.pool, this.path);
    this.checkOwnNodes();
  }

  /** Nodes that run as they are take images of the file's own size, and one at a time. */
  private checkOwnNodes(): void {
    if (this.isGraph('pooled')) return;
    const { network, side, path } = this;
    const why = this.trainable.reason ?? 'its nodes run as they are';
    const own = network.side;
    if (own !== undefined && own !== side) {
      throw new HpoError('ERR_WEIGHTS', `expected images of ${own} pixels, got inputSize ${side} for ${path}: ${why}`);
    }
    const batch = network.model.input.shape?.[0] ?? 1;
    if (batch === 1) return;
    const advice = 'export the file for one image, or for any number';
    throw new HpoError('ERR_WEIGHTS', `expected a batch of 1, got one of ${batch} for ${path}: ${why}; ${advice}`);
  }

  get digest(): string {
    this.known ??= digestOf(this.network.model, JSON.stringify([this.side, this.options, this.found.preprocessing]));
    return this.known;
  }

  get remarks(): readonly string[] {
    if (this.isGraph('pooled')) return this.found.remarks;
    const why = this.trainable.reason ?? 'its nodes run as they are';
    return [
      ...this.found.remarks,
      `${this.name}: a model on it is exported as ONNX in float32, for one image at a time: ${why}`,
    ];
  }

  private get featureShape(): readonly number[] {
    return this.network.shapeOf(this.network.place.features, this.side);
  }

  cutShape(cut: Cut): readonly number[] {
    if (cut === 'pooled') return poolShape(this.featureShape, this.options.pool, this.path);
    return this.network.shapeOf(this.nameOf(cut), this.side);
  }

  /** The array at a cut. */
  private nameOf(cut: number): string {
    return cut === 0 ? this.network.model.input.name : must(this.parts[cut - 1], 'a block below the cut').output;
  }

  tensors(): Map<string, HostTensor> {
    const all = this.network.weights(this.side);
    return new Map(this.weights.map(({ name }) => [name, must(all.get(name), `weights for ${name}`)]));
  }

  isGraph(to: Cut): boolean {
    const { obstacles } = this.network.trace(this.side);
    const parts = to === 'pooled' ? this.parts : this.parts.slice(0, to);
    return parts.every(({ nodes }) => !nodes.some((node) => obstacles.has(node)));
  }

  frozen(to: Cut): Uint8Array {
    return encodeSubgraph(this.network.model, this.subgraph(to, { input: 'pixels', output: 'output' }));
  }

  classifier({ weights, kernel, bias, ports, activation = 'softmax', ...texts }: FileClassifier): Uint8Array {
    const { model, forms } = this.network;
    const own = this.weights.map(({ name }) => {
      const tensor = must(weights.get(name), `weights for ${name}`);
      return [name, fileTensorOf(tensor, forms.get(name) ?? 'plain')] as const;
    });
    const head = { kernel: fileTensorOf(kernel, 'plain'), bias: fileTensorOf(bias, 'plain'), activation };
    return encodeSubgraph(model, { ...this.subgraph('pooled', ports), weights: new Map(own), head, texts });
  }

  private subgraph(to: Cut, ports: FileClassifier['ports']): SubgraphOptions {
    const { network, side } = this;
    const array = to === 'pooled' ? network.place.features : this.nameOf(to);
    const { order, scale, mean, deviation } = this.found.preprocessing;
    const channels = [0, 1, 2] as const;
    const { axes, isToken } = poolingOf(this.featureShape, this.options.pool, this.path);
    return {
      nodes: network.nodesBelow(array),
      entry: {
        name: ports.input,
        side,
        order,
        scale: channels.map((c) => scale / deviation[c]),
        shift: channels.map((c) => -mean[c] / deviation[c]),
        isChannelsLast: network.isChannelsLast,
      },
      output: { array, name: ports.output },
      ...(to === 'pooled' ? { mean: axes, token: isToken } : {}),
    };
  }

  enter(g: GraphBuilder, images: Value): Value {
    return transpose(g, images, this.network.isChannelsLast ? [0, 1, 2, 3] : [0, 3, 1, 2]);
  }

  build(g: GraphBuilder, { from, to, input, weight }: FileRange): Value {
    const byName = new Map(this.weights.map((one) => [one.name, one]));
    const made = this.network.build(g, {
      from: this.nameOf(from),
      to: to === 'pooled' ? this.network.place.features : this.nameOf(to),
      side: this.side,
      input,
      weight: (name) => weight(must(byName.get(name), `a weight named ${name}`)),
    });
    return to === 'pooled' ? pool(g, made, this.options.pool, this.path) : made;
  }

  /** Each belongs to the lowest block that reads it, so that a frozen one is not trained above. */
  private findWeights(): readonly FileWeight[] {
    const { network, side } = this;
    const replaced = network.replacedWeights(side);
    const found = new Map<string, FileWeight>();
    const below = new Set<FileNode>();
    this.parts.forEach((part, block) => {
      const nodes = network.nodesBelow(part.output).filter((node) => !below.has(node));
      for (const node of nodes) below.add(node);
      for (const name of network.usedWeights(nodes)) {
        if (found.has(name)) continue;
        const form = network.forms.get(name) ?? 'plain';
        const tensor = must(replaced.get(name) ?? network.model.weights.get(name), 'a weight of the file');
        const shape = heldShape(tensor.shape, form);
        const isMatrix = form !== 'plain' || shape.filter((d) => d > 1).length > 1;
        found.set(name, { name, shape, role: form, block, isKernel: isMatrix && !NOT_DECAYED.test(name) });
      }
    });
    return [...found.values()];
  }

  private findTrainable(): ModelFile['trainable'] {
    const { obstacles } = this.network.trace(this.side);
    for (let i = this.parts.length - 1; i >= 0; i--) {
      const part = must(this.parts[i], 'a block');
      const node = part.nodes.find((one) => obstacles.has(one));
      if (node === undefined) continue;
      const why = must(obstacles.get(node), 'a reason').reason;
      const reason = `block ${part.name} has ${node.opType} at node ${node.name}: ${why}`;
      return { depth: this.parts.length - 1 - i, reason };
    }
    return { depth: this.parts.length, reason: undefined };
  }
}

/** SHA-256 over all that decides what the network computes, and over how it is read. */
function digestOf({ domains, nodes, weights, input, outputs }: FileModel, rest: string): string {
  const hash = createHash('sha256').update(JSON.stringify([...domains]));
  for (const { opType, domain, inputs, outputs: made, attributes } of nodes) {
    const plain = [...attributes.values()].map(({ name, value }) => [
      name,
      typeof value === 'object' && 'bytes' in value ? Buffer.from(value.bytes).toString('base64') : value,
    ]);
    hash.update(JSON.stringify([opType, domain, inputs, made, plain]));
  }
  for (const [name, { type, shape, bytes }] of weights) hash.update(JSON.stringify([name, type, shape])).update(bytes);
  return hash
    .update(JSON.stringify([input, outputs]))
    .update(rest)
    .digest('hex');
}
