// The learning-rate range test (Smith 2015, arXiv 1506.01186, section 3.3): steps at exponentially rising rates until the loss explodes.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { DeviceState } from '../../engines/engine.js';
import { epochBatches } from '../finetune/batches.js';
import { feederOf } from '../finetune/epoch-steps.js';
import { enterPhase } from '../finetune/phase-state.js';
import type { Tail } from '../finetune/tail.js';
import { takeSteps, trainEpoch } from '../finetune/training-epoch.js';
import type { TrialPlan, Workbench } from '../finetune/workbench.js';
import { DivergenceWatch, type RateCurve, rateCurve } from './rate-curve.js';

export interface RangeTestOptions {
  readonly configuration: TrainingConfiguration;
  /** Blocks that are trained, from the top. Below the top the head is trained first, as a trial would. */
  readonly depth: number;
  /** Rising; one step is taken at each. */
  readonly rates: readonly number[];
  /** Runs of other batches, masks and views. */
  readonly repeats: number;
  readonly seed: number;
  /** Told after each run. */
  readonly onRun?: (done: number) => void;
}

type Plan = Pick<TrialPlan, 'identity' | 'configuration'>;

/** `count` rates from one to the other, each the same multiple of the one before. */
export function exponentialRates(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from * (to / from) ** (i / Math.max(1, count - 1)));
}

/** Throws ERR_DIVERGED where the head phase does, or where most runs do at once. */
export async function rangeTest(bench: Workbench, options: RangeTestOptions): Promise<RateCurve> {
  const { depth, repeats, seed, rates, onRun } = options;
  // Of a trial of this depth, whatever the study's: elastic weights are held by what matters in all blocks that it unfreezes.
  const configuration = { ...options.configuration, unfreezeDepth: depth };
  const runs: number[][] = [];
  for (let trial = 0; trial < repeats; trial++) {
    runs.push(await runOnce(bench, { identity: { seed, trial }, configuration }, options));
    onRun?.(trial + 1);
  }
  return rateCurve(rates, runs);
}

/**
 * The losses, up to the one that shows that the run has diverged. From each is taken what its batch differs from the others by where
 * nothing is learned (a run at rate 0): batches differ more than a step improves.
 */
async function runOnce(bench: Workbench, plan: Plan, { depth, rates }: RangeTestOptions): Promise<number[]> {
  const tail: Tail = { ...bench, depth };
  const headEpochs = depth === 0 ? 0 : plan.configuration.headEpochs;
  const still: number[] = [];
  const losses: number[] = [];
  const trained = await headPhase(bench, plan, headEpochs);
  const start = await trained?.read();
  trained?.dispose();
  const begin = (): Promise<DeviceState> =>
    enterPhase(bench, plan, tail, start === undefined ? undefined : bench.engine.createState(start));
  await steps(
    bench,
    plan,
    tail,
    await begin(),
    headEpochs,
    rates.map(() => 0),
    (loss) => still.push(loss) > 0,
  );
  const mean = still.reduce((sum, loss) => sum + loss, 0) / still.length;
  const watch = new DivergenceWatch(rates.length);
  await steps(bench, plan, tail, await begin(), headEpochs, rates, (loss) => {
    losses.push(loss - (still[losses.length] as number) + mean);
    return !watch.hasDiverged(losses.at(-1) as number);
  });
  return losses;
}

/** Takes a step at each rate while `goesOn` says so of its loss; disposes of the state. */
async function steps(
  bench: Workbench,
  plan: Plan,
  tail: Tail,
  state: DeviceState,
  epochsBefore: number,
  rates: readonly number[],
  goesOn: (loss: number) => boolean,
): Promise<void> {
  try {
    let step = 0;
    let isOver = false;
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- `took` changes it
    for (let epoch = epochsBefore + 1; step < rates.length && !isOver; epoch++) {
      const before = step;
      const batches = fullBatches(bench, plan, epoch).slice(0, rates.length - before);
      const feeder = await feederOf(bench, plan, tail, epoch);
      await takeSteps(bench, { tail }, state, {
        options: feeder.options,
        get size() {
          return isOver ? undefined : batches[step - before]?.length;
        },
        inARow: 1, // what a step's loss is decides whether there is another
        fill: (feeds) => feeder.fill(feeds, batches[step - before] as Uint32Array, rates[step] as number, step + 1),
        took(loss) {
          step++;
          isOver = !goesOn(loss);
        },
      });
    }
  } finally {
    state.dispose();
  }
}

async function headPhase(bench: Workbench, plan: Plan, epochs: number): Promise<DeviceState | undefined> {
  if (epochs === 0) return undefined;
  const tail: Tail = { ...bench, depth: 0 };
  const state = await enterPhase(bench, plan, tail, undefined);
  for (let [epoch, stepsBefore] = [1, 0]; epoch <= epochs; epoch++) {
    stepsBefore += (await trainEpoch(bench, plan, state, { epoch, tail, stepsBefore, place: undefined })).steps;
  }
  return state;
}

/** What is left over at the end of an epoch is too few images for a loss to compare with others. */
function fullBatches(bench: Workbench, { configuration, identity }: Plan, epoch: number): Uint32Array[] {
  const { batchSize, sampling } = configuration;
  const batches = epochBatches(identity, epoch, bench.labels, batchSize, sampling);
  const full = batches.filter((batch) => batch.length === batchSize);
  return full.length > 0 ? full : batches;
}
