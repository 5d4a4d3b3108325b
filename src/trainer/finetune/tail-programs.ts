// Compiled graphs of tails, shared by trials: most trials of a study have one of a few shapes.
import type { Engine, Program } from '../../engines/engine.js';
import { type Given, MultiThreadedProgram } from '../../engines/multi-threaded-program.js';
import type { Precision } from '../../study/precision.js';
import type { Graph } from '../../graph/graph.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { vmapKeepsBits, vmap } from '../../graph/vmap.js';
import { optimizerOf, stateName } from './optimizers.js';
import { REVERSAL } from './adversary.js';
import { HEAD_KERNEL, type Tail } from './tail.js';
import {
  type StepOptions,
  evaluationGraph,
  importanceGraph,
  isRateName,
  statisticsGraph,
  trainingGraph,
} from './tail-graphs.js';

const CAPACITY = 16;
/** Images that go through a program before it is tried on several threads: that takes as long as some steps, and last batches are few. */
const MULTI_THREAD_AFTER = 300;

export interface TailProgramsOptions {
  /** How many programs are held. */
  readonly capacity?: number;
  /** Processor threads that a program with unfrozen blocks may use right now; default 1. Results do not depend on it. */
  readonly threads?: () => number;
  /** Images that go through a program before it is tried on several threads. */
  readonly multiThreadAfter?: number;
}

interface ProgramSource {
  readonly key: string;
  readonly graph: () => Graph;
  readonly testInputs: (given: Given) => Given;
}

export class TailPrograms {
  /** Least recently used first. */
  private readonly programs = new Map<string, Promise<Program>>();
  private readonly unfitForBatching = new Set<string>();

  private readonly capacity: number;
  private readonly threads: () => number;
  private readonly multiThreadAfter: number;
  /** Images that went through each program with unfrozen blocks. */
  private readonly images = new Map<string, number>();

  constructor(
    private readonly engine: Engine,
    { capacity = CAPACITY, threads = () => 1, multiThreadAfter = MULTI_THREAD_AFTER }: TailProgramsOptions = {},
  ) {
    this.capacity = capacity;
    this.threads = threads;
    this.multiThreadAfter = multiThreadAfter;
  }

  training(tail: Tail, batch: number, options: StepOptions): Promise<Program> {
    const graph = (): Graph => trainingGraph(tail, batch, options);
    const key = describeStep(tail, batch, options);
    return this.onThreads(tail, batch, { key, graph, testInputs: sensitiveInputs(options) });
  }

  /** The step of so many trials at once; undefined where a trial would not get the same bits as alone. */
  async batchedTraining(tail: Tail, batch: number, options: StepOptions, trials: number): Promise<Program | undefined> {
    const key = describeStep(tail, batch, options);
    if (this.unfitForBatching.has(key)) return undefined;
    const known = this.programs.has(`${trials} × ${key}`);
    const alone = known ? undefined : trainingGraph(tail, batch, options);
    if (alone !== undefined && !vmapKeepsBits(alone)) {
      this.unfitForBatching.add(key);
      return undefined;
    }
    return this.get(`${trials} × ${key}`, () =>
      this.engine.compile(vmap(alone ?? trainingGraph(tail, batch, options), trials)),
    );
  }

  evaluation(tail: Tail, batch: number, precision: Precision = 'float32'): Promise<Program> {
    const graph = (): Graph => evaluationGraph(tail, batch, precision);
    const key = `evaluate ${describe(tail)} ${batch} ${precision}`;
    return this.onThreads(tail, batch, { key, graph, testInputs: sensitiveInputs() });
  }

  importance(tail: Tail): Promise<Program> {
    return this.get(`importance ${describe(tail)}`, () => this.engine.compile(importanceGraph(tail)));
  }

  statistics(tail: Tail, batch: number): Promise<Program> {
    return this.get(`statistics ${describe(tail)} ${batch}`, () => this.engine.compile(statisticsGraph(tail, batch)));
  }

  /** On as many threads as the program may use. A head alone is too little work for more than one. */
  private onThreads(tail: Tail, batch: number, { key, graph, testInputs }: ProgramSource): Promise<Program> {
    const threads = this.threadsFor(tail);
    const isUsedEnough = (this.images.get(key) ?? 0) >= this.multiThreadAfter;
    if (tail.depth > 0) this.images.set(key, (this.images.get(key) ?? 0) + batch);
    if (threads === 1 || !isUsedEnough) return this.get(key, () => this.engine.compile(graph()));
    const make = (): Program => new MultiThreadedProgram(this.engine, { graph: graph(), threads, testInputs });
    return this.get(`${threads} threads: ${key}`, () => Promise.resolve(make()));
  }

  private threadsFor({ depth }: Tail): number {
    return depth > 0 && this.engine.takesThreads ? this.threads() : 1;
  }

  /** A program stays usable until `capacity` others have been asked for; ask again for each batch. */
  private async get(key: string, make: () => Promise<Program>): Promise<Program> {
    // Stored before it is compiled: several trials may ask for it at the same moment.
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

  /** A program that did not compile is tried again when it is asked for again. */
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

/** A program that did not compile has given its error to the caller already. */
async function disposeOf(program: Promise<Program>): Promise<void> {
  const compiled = await program.catch(() => undefined);
  await compiled?.dispose();
}

/** Everything that a step's program follows from: trials of equal descriptions can be batched. */
export function describeStep(tail: Tail, batch: number, options: StepOptions): string {
  return `train ${describe(tail)} ${batch} ${JSON.stringify(options)}`;
}

function describe({ backbone, inputSize, depth, classes, task = 'multiclass' }: Tail): string {
  return `${backbone.name} ${inputSize} ${depth} ${classes} ${task}`;
}

/** A power of two, so that it costs no bits, and so large that a parameter does not round off what is subtracted from it. */
const TEST_RATE = 2 ** 20;

/**
 * Inputs on which a program shows every difference in its sums. At a low rate an update is rounded to the parameter's last bit, and at the
 * rate 0 of a warm-up it is nothing: all rates are large. A moving average rounds off the last bits of what is added to it: optimizer slots
 * are zero. At the beginning of adversarial adaptation nothing is reversed: the factor is 1. A zero head passes no gradient on and makes all classes equal: it gets numbers.
 * @param options of a training step; undefined for an evaluation.
 */
function sensitiveInputs(options?: StepOptions): (given: Given) => Given {
  const slots = options === undefined ? [] : optimizerOf(options.optimizer).slots;
  const isSlot = (name: string): boolean => slots.some((slot) => name.startsWith(stateName(slot, '')));
  return ({ entries, feeds }) => ({
    entries: new Map(
      [...entries].map(([name, tensor]) => {
        if (isSlot(name)) return [name, filled(tensor, () => 0)];
        return [name, name === HEAD_KERNEL && isZero(tensor) ? filled(tensor, (i) => 1e-2 * ((i % 13) - 6)) : tensor];
      }),
    ),
    feeds: Object.fromEntries(
      Object.entries(feeds).map(([name, array]) => [
        name,
        isRateName(name) ? new Float32Array([TEST_RATE]) : name === REVERSAL ? new Float32Array([1]) : array,
      ]),
    ),
  });
}

function isZero({ data }: HostTensor): boolean {
  return data.every((number) => number === 0);
}

function filled(tensor: HostTensor, value: (i: number) => number): HostTensor {
  return { ...tensor, data: tensor.data.map((_, i) => value(i)) };
}
