// How fast an engine is here, and whether it computes what it should.
import { must } from '../../system/must.js';
import { HpoError } from '../../study/errors.js';
import type { Engine, EngineDevice, EngineName } from '../engine.js';
import { CHECKED_TASKS, forwardTask, type Task, trainingTask } from './probe-graph.js';

/** Images per second, one program at a time. */
export interface EngineSpeed {
  readonly training: number;
  /** Of a frozen forward pass. */
  readonly forward: number;
}

export interface Measurement {
  readonly device: EngineDevice;
  /** Missing where no time was given to find it out. */
  readonly speed?: EngineSpeed;
}

/** Its numbers are the expected ones. Plain JavaScript takes up to a minute for a step: it is neither compared nor timed. */
const REFERENCE: EngineName = 'cpu';

/** TF32 on GPUs has ten bits of mantissa. */
const TOLERANCE = 0.01;

/** Images of a step that is timed: as trials have them. On a GPU a small batch tells little of a large one. */
const TIMED_BATCH = 32;

/**
 * The losses of the first training steps of the checked tasks are compared with what they should be, then a step and a forward pass run for `milliseconds` each.
 * @throws HpoError ERR_ENGINE where the numbers are not what they should be.
 */
export async function measureEngine(engine: Engine, milliseconds: number): Promise<Measurement> {
  const { device } = engine;
  if (engine.name === REFERENCE) return { device };
  for (const { task, losses } of CHECKED_TASKS)
    checkLosses(engine.name, losses, await firstLosses(engine, task(), losses.length));
  if (milliseconds === 0) return { device };
  const training = await imagesPerSecond(engine, trainingTask(TIMED_BATCH), milliseconds);
  return { device, speed: { training, forward: await imagesPerSecond(engine, forwardTask(), milliseconds) } };
}

/** Steps before those that are timed: memory is taken, libraries choose their algorithms, steps are captured. */
const WARM_UP = 6;

/** Takes a training step some times; returns what trains for so many milliseconds, and gives the images per second of all of them. */
export async function readyToTrain(engine: Engine): Promise<(milliseconds: number) => Promise<number>> {
  const { graph, state, feeds, images } = trainingTask(TIMED_BATCH);
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  for (let run = 0; run < WARM_UP; run++) await program.run(device, feeds);
  return async (milliseconds) => {
    const begin = performance.now();
    let runs = 0;
    do {
      await program.run(device, feeds);
      runs++;
    } while (performance.now() - begin < milliseconds);
    return (1000 * images * runs) / (performance.now() - begin);
  };
}

/** How many images of one training step and one forward pass each an engine does in a second. */
export function overallSpeed({ training, forward }: EngineSpeed): number {
  return 1 / (1 / training + 1 / forward);
}

function checkLosses(name: EngineName, expected: readonly number[], found: readonly number[]): void {
  if (expected.every((loss, i) => Math.abs((found[i] ?? NaN) - loss) <= TOLERANCE * loss)) return;
  const lists = [expected, found].map((list) => list.map((loss) => loss.toPrecision(5)).join(', '));
  throw new HpoError('ERR_ENGINE', `the ${name} engine computes wrongly: expected losses ${lists[0]}, got ${lists[1]}`);
}

async function firstLosses(engine: Engine, { graph, state, feeds }: Task, count: number): Promise<number[]> {
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  const found: number[] = [];
  while (found.length < count) found.push(must((await program.run(device, feeds))['loss']?.[0], 'a loss'));
  await program.dispose();
  device.dispose();
  return found;
}

/** By the fastest run: what else goes on on the machine only ever makes a run slower. */
async function imagesPerSecond(engine: Engine, { graph, state, feeds, images }: Task, budget: number): Promise<number> {
  const program = await engine.compile(graph);
  const device = engine.createState(state);
  let fastest = Infinity;
  const end = performance.now() + budget;
  do {
    const begin = performance.now();
    await program.run(device, feeds);
    fastest = Math.min(fastest, performance.now() - begin);
  } while (performance.now() < end);
  await program.dispose();
  device.dispose();
  return (1000 * images) / fastest;
}
