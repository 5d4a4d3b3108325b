// A trainer that only repeats one task of an engine and reports its speed: what benchmarks run in the slots of a study.
import { RandomStream } from '../../src/math/random.js';
import { initialise } from '../../src/backbones/initialise.js';
import { getBackbone } from '../../src/backbones/registry.js';
import type { EngineName } from '../../src/engines/engine.js';
import { openEngine } from '../../src/engines/open-engine.js';
import { Prefix } from '../../src/features/prefix.js';
import type { Train } from '../../src/study/train.js';
import { tailStep } from './tail-step.js';

export interface StepSettings {
  readonly engine: EngineName;
  readonly backbone: string;
  /** A step of the top blocks and the head from cached features; or one image through the frozen network. */
  readonly task: 'train' | 'forward';
  /** Blocks trained, and images in a step. */
  readonly depth: number | 'all';
  readonly batch: number;
  readonly seconds: number;
}

const SIDE = 224;

/** Opened at once, so that all slots are warm before the first of them is measured. */
export async function createTrain({
  engine: name,
  backbone,
  task,
  depth,
  batch,
  seconds,
}: StepSettings): Promise<Train> {
  const engine = await openEngine(name);
  const run = task === 'train' ? await trainer() : forward();
  await run();
  return async function* () {
    const begin = performance.now();
    let runs = 0;
    do {
      await run();
      runs++;
    } while (performance.now() - begin < 1000 * seconds);
    const images = runs * (task === 'train' ? batch : 1);
    yield { epoch: 1, metrics: { imagesPerSecond: (1000 * images) / (performance.now() - begin) } };
  };

  async function trainer(): Promise<() => Promise<unknown>> {
    const { graph, state, feeds } = tailStep(backbone, depth, SIDE, batch);
    const program = await engine.compile(graph);
    const device = engine.createState(state);
    return () => program.run(device, feeds);
  }

  function forward(): () => Promise<unknown> {
    const random = RandomStream.of('bench', backbone);
    const architecture = getBackbone(backbone);
    const prefix = new Prefix(engine, architecture, initialise(architecture, random), SIDE, []);
    const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random.integer(256));
    return () => prefix.withArrays((arrays) => prefix.fromPixels(pixels, 'pooled', 'float32', arrays));
  }
}
