// Training steps of a linear head, alone and several at once, as graphs and as programs with made-up numbers.
import { RandomStream } from '../../src/math/random.js';
import { TRAINING_DEFAULTS } from '../../src/study/schema/training-schema.js';
import type { Backbone } from '../../src/backbones/backbone.js';
import { block, conv } from '../../src/backbones/layers.js';
import type { Engine } from '../../src/engines/engine.js';
import type { Tail } from '../../src/trainer/finetune/tail.js';
import { stepOptions, trainingGraph } from '../../src/trainer/finetune/tail-graphs.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { Graph, Value } from '../../src/graph/graph.js';
import { type HostTensor, sizeOf } from '../../src/graph/host-tensor.js';
import { vmap } from '../../src/graph/vmap.js';
import { add } from '../../src/graph/operations/arithmetic.js';
import { operationOf } from '../../src/graph/operations/registry.js';

export interface Contestant {
  readonly run: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** A network whose pooled features have so many channels; nothing of it is ever run. */
export function backboneOf(channels: number): Backbone {
  return {
    name: `head of ${channels}`,
    inputSize: 16,
    minimumSize: 16,
    preprocessing: 'unit',
    initialiser: 'he',
    blocks: [block('one', [conv('conv', channels, 1)])],
  };
}

export function headOf(channels: number, classes: number): Tail {
  return { backbone: backboneOf(channels), inputSize: 16, depth: 0, classes };
}

/** Adam with dropout and l2, the quickstart's. */
export function headStep(channels: number, classes: number, batch: number): Graph {
  const tail = headOf(channels, classes);
  return trainingGraph(tail, batch, stepOptions({ ...TRAINING_DEFAULTS, l2: 1e-4 }, tail));
}

/** The least that a run can do. */
export function nothing(): Graph {
  const g = new GraphBuilder();
  g.output('y', add(g, g.input('x', [4]), g.scalar(1)));
  return g.build();
}

export const vmapOf = vmap;

/** So many copies in one model, each with arrays and operators of its own: what unrolling steps would look like to the runtime. */
export function copiesOf(graph: Graph, copies: number): Graph {
  const g = new GraphBuilder();
  for (let copy = 0; copy < copies; copy++) {
    const values = new Map<number, Value>();
    const named = (name: string): string => `${copy}/${name}`;
    for (const { name, value } of graph.inputs) values.set(value.id, g.input(named(name), value.shape));
    for (const { name, value } of graph.parameters) values.set(value.id, g.parameter(named(name), value.shape));
    for (const { value, tensor } of graph.constants) values.set(value.id, g.constant(tensor.data, value.shape));
    for (const { op, inputs, attributes, output } of graph.nodes) {
      const operands = inputs.map(({ id }) => values.get(id) as Value);
      values.set(output.id, g.add(operationOf(op), operands, attributes));
    }
    for (const { name, value } of graph.outputs) g.output(named(name), values.get(value.id) as Value);
    for (const { parameter, value } of graph.updates) g.update(named(parameter), values.get(value.id) as Value);
  }
  return g.build();
}

/** Compiled, with small positive numbers everywhere. */
export async function programOf(engine: Engine, graph: Graph): Promise<Contestant> {
  const random = RandomStream.of('head');
  const numbers = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: sizeOf(shape) }, () => 0.01 * random.next());
  const tensors = graph.parameters.map(({ name, value: { shape, role } }): [string, HostTensor] => [
    name,
    { shape, role, data: numbers(shape) },
  ]);
  const state = engine.createState(new Map(tensors));
  const feeds = Object.fromEntries(graph.inputs.map(({ name, value }) => [name, numbers(value.shape)]));
  const program = await engine.compile(graph);
  return {
    run: () => program.run(state, feeds),
    async close() {
      state.dispose();
      await program.dispose();
    },
  };
}
