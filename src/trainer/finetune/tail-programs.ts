// Compiled graphs of tails, kept from trial to trial: most trials of a study share a few shapes.
import type { Engine, Program } from '../../engines/engine.js';
import { ChainedProgram } from '../../engines/chained-program.js';
import { type Reveal, WidenedProgram } from '../../engines/widened-program.js';
import type { Graph } from '../../graph/graph.js';
import { lanesKeepBits, withLanes } from '../../graph/lanes.js';
import { revealing } from './reveal.js';
import type { Tail } from './tail.js';
import { type StepOptions, evaluationGraph, importanceGraph, trainingGraph } from './tail-graphs.js';
import { LINKS, paysInChains } from './worthwhile-chains.js';

const KEPT = 16;
/**
 * Images of a program's runs before more is done to make it fast: to try it on several threads, or to compile it several times over, takes
 * as long as some steps, and last batches are small and few.
 */
const EARNED_AFTER = 300;

export interface TailProgramsOptions {
  /** How many programs are kept. */
  readonly capacity?: number;
  /** Of the processor, that a program with blocks in it may take right now; default 1. Results do not depend on it. */
  readonly threads?: () => number;
  /** For how many images a program is asked for before more is done to make it fast. */
  readonly earnedAfter?: number;
}

/** A program, and how many steps its one run takes: more than one is a chain of them (graph/chained.ts). */
export interface StepProgram {
  readonly program: Program;
  readonly links: number;
}

interface Widenable {
  readonly key: string;
  readonly graph: () => Graph;
  readonly reveal: Reveal;
}

export class TailPrograms {
  /** Least recently used first. */
  private readonly programs = new Map<string, Promise<Program>>();
  private readonly unfitForLanes = new Set<string>();
  /** Whether steps are taken several in one run, where they may. */
  private readonly chained = new Map<string, boolean>();

  private readonly capacity: number;
  private readonly threads: () => number;
  private readonly earnedAfter: number;
  /** For how many images programs were asked for that might be made faster. */
  private readonly images = new Map<string, number>();

  constructor(
    private readonly engine: Engine,
    { capacity = KEPT, threads = () => 1, earnedAfter = EARNED_AFTER }: TailProgramsOptions = {},
  ) {
    this.capacity = capacity;
    this.threads = threads;
    this.earnedAfter = earnedAfter;
  }

  training(tail: Tail, batch: number, options: StepOptions): Promise<Program> {
    const graph = (): Graph => trainingGraph(tail, batch, options);
    return this.widest(tail, batch, { key: describeStep(tail, batch, options), graph, reveal: revealing(options) });
  }

  /**
   * The step, or a chain of some of them where `inARow` follow each other and that is faster: with blocks in it a step updates megabytes,
   * which the engine would copy each time. The bits are the same, and so is the number of threads.
   */
  async steps(tail: Tail, batch: number, options: StepOptions, inARow: number): Promise<StepProgram> {
    const single = (): Promise<Program> => this.training(tail, batch, options);
    const program = await single();
    if (tail.depth === 0 || inARow < LINKS) return { program, links: 1 };
    const key = describeStep(tail, batch, options);
    const threads = program instanceof WidenedProgram ? program.threads : 1;
    const isChained = threads !== undefined && this.hasEarned(key) && this.paysChained(key, tail, batch, options);
    if (!isChained) return { program, links: 1 };
    const make = (): Program => {
      const graph = trainingGraph(tail, batch, options);
      return new ChainedProgram(this.engine, {
        ...{ graph, links: LINKS, single },
        threads: threads === 1 ? undefined : threads,
      });
    };
    const chain = await this.get(`${LINKS} on ${threads} threads: ${key}`, () => Promise.resolve(make()));
    return { program: chain, links: LINKS };
  }

  /** The step of so many trials at once; undefined where each would not get the bits that it gets alone. */
  async trainingInLanes(tail: Tail, batch: number, options: StepOptions, lanes: number): Promise<Program | undefined> {
    const key = describeStep(tail, batch, options);
    if (this.unfitForLanes.has(key)) return undefined;
    const known = this.programs.has(`${lanes} × ${key}`);
    const alone = known ? undefined : trainingGraph(tail, batch, options);
    if (alone !== undefined && !lanesKeepBits(alone)) {
      this.unfitForLanes.add(key);
      return undefined;
    }
    return this.get(`${lanes} × ${key}`, () =>
      this.engine.compile(withLanes(alone ?? trainingGraph(tail, batch, options), lanes)),
    );
  }

  evaluation(tail: Tail, batch: number): Promise<Program> {
    const graph = (): Graph => evaluationGraph(tail, batch);
    return this.widest(tail, batch, { key: `evaluate ${describe(tail)} ${batch}`, graph, reveal: revealing() });
  }

  importance(tail: Tail): Promise<Program> {
    return this.get(`importance ${describe(tail)}`, () => this.engine.compile(importanceGraph(tail)));
  }

  /** On as many threads as may be taken. A head alone is too little work for more than one. */
  private widest(tail: Tail, batch: number, { key, graph, reveal }: Widenable): Promise<Program> {
    const threads = this.threadsFor(tail);
    const earned = this.hasEarned(key);
    if (tail.depth > 0) this.images.set(key, (this.images.get(key) ?? 0) + batch);
    if (threads === 1 || !earned) return this.get(key, () => this.engine.compile(graph()));
    const widened = (): Program => new WidenedProgram(this.engine, { graph: graph(), threads, reveal });
    return this.get(`${threads} threads: ${key}`, () => Promise.resolve(widened()));
  }

  private threadsFor({ depth }: Tail): number {
    return depth > 0 && this.engine.takesThreads ? this.threads() : 1;
  }

  private hasEarned(key: string): boolean {
    return (this.images.get(key) ?? 0) >= this.earnedAfter;
  }

  /** Found out once: looking through a network's layers takes time. */
  private paysChained(key: string, tail: Tail, batch: number, options: StepOptions): boolean {
    const known = this.chained.get(key);
    if (known !== undefined) return known;
    const pays = this.engine.copiesUpdates && paysInChains(tail, batch, options);
    this.chained.set(key, pays);
    return pays;
  }

  /** A program stays usable until `capacity` others have been asked for; ask again for each batch. */
  private async get(key: string, make: () => Promise<Program>): Promise<Program> {
    // Known before it is compiled: trials side by side ask for it at the same moment.
    const program = this.programs.get(key) ?? this.make(key, make);
    this.programs.delete(key);
    this.programs.set(key, program);
    for (const [oldest, unused] of this.programs) {
      if (this.programs.size <= this.capacity) break;
      this.programs.delete(oldest);
      await disposeOf(unused);
    }
    return program;
  }

  /** What did not compile is tried again when it is asked for again. */
  private make(key: string, make: () => Promise<Program>): Promise<Program> {
    const program = make();
    program.catch(() => {
      if (this.programs.get(key) === program) this.programs.delete(key);
    });
    return program;
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await disposeOf(program);
    this.programs.clear();
  }
}

/** One that did not compile has told whoever asked for it. */
async function disposeOf(program: Promise<Program>): Promise<void> {
  const compiled = await program.catch(() => undefined);
  await compiled?.dispose();
}

/** What a step's program follows from: trials of equal descriptions can be lanes of one. */
export function describeStep(tail: Tail, batch: number, options: StepOptions): string {
  return `train ${describe(tail)} ${batch} ${JSON.stringify(options)}`;
}

function describe({ backbone, inputSize, depth, classes }: Tail): string {
  return `${backbone.name} ${inputSize} ${depth} ${classes}`;
}
