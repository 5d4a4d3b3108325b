// Compiled graphs of tails, kept from trial to trial: most trials of a study share a few shapes.
import type { Engine, Program } from '../engines/engine.js';
import type { OptimizerName } from './optimizers.js';
import { type Tail, evaluationGraph, trainingGraph } from './tail-graphs.js';

const KEPT = 16;

export class TailPrograms {
  /** Least recently used first. */
  private readonly programs = new Map<string, Program>();

  constructor(
    private readonly engine: Engine,
    private readonly capacity = KEPT,
  ) {}

  training(tail: Tail, batch: number, optimizer: OptimizerName): Promise<Program> {
    return this.get(`train ${optimizer} ${describe(tail)} ${batch}`, () => trainingGraph(tail, batch, optimizer));
  }

  evaluation(tail: Tail, batch: number): Promise<Program> {
    return this.get(`evaluate ${describe(tail)} ${batch}`, () => evaluationGraph(tail, batch));
  }

  /** A program stays usable until `capacity` others have been asked for; ask again for each batch. */
  private async get(key: string, graph: () => Program['graph']): Promise<Program> {
    const program = this.programs.get(key) ?? (await this.engine.compile(graph()));
    this.programs.delete(key);
    this.programs.set(key, program);
    for (const [oldest, unused] of this.programs) {
      if (this.programs.size <= this.capacity) break;
      this.programs.delete(oldest);
      await unused.dispose();
    }
    return program;
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await program.dispose();
    this.programs.clear();
  }
}

function describe({ backbone, inputSize, depth, classes }: Tail): string {
  return `${backbone.name} ${inputSize} ${depth} ${classes}`;
}
