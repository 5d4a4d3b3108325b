// Compiled graphs of tails, kept from trial to trial: most trials of a study share a few shapes.
import type { Engine, Program } from '../engines/engine.js';
import type { Tail } from './tail.js';
import { type StepOptions, evaluationGraph, importanceGraph, trainingGraph } from './tail-graphs.js';

const KEPT = 16;

export class TailPrograms {
  /** Least recently used first. */
  private readonly programs = new Map<string, Program>();

  constructor(
    private readonly engine: Engine,
    private readonly capacity = KEPT,
  ) {}

  training(tail: Tail, batch: number, options: StepOptions): Promise<Program> {
    const key = `train ${describe(tail)} ${batch} ${JSON.stringify(options)}`;
    return this.get(key, () => trainingGraph(tail, batch, options));
  }

  evaluation(tail: Tail, batch: number): Promise<Program> {
    return this.get(`evaluate ${describe(tail)} ${batch}`, () => evaluationGraph(tail, batch));
  }

  importance(tail: Tail): Promise<Program> {
    return this.get(`importance ${describe(tail)}`, () => importanceGraph(tail));
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
