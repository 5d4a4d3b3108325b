// The learning-rate range test (Smith 2015, arXiv 1506.01186, section 3.3): steps at exponentially rising rates until the loss explodes.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import type { DeviceState } from '../../engines/engine.js';
import { epochBatches } from '../finetune/batches.js';
import { EpochSteps, takeSteps, trainEpoch } from '../finetune/train-epoch.js';
import { enterPhase } from '../finetune/phase-state.js';
import type { Tail } from '../finetune/tail.js';
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

type Trial = Pick<TrialPlan, 'identity' | 'configuration'>;

/** `count` rates from one to the other, each the same multiple of the one before. */
export function exponentialRates(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from * (to / from) ** (i / Math.max(1, count - 1)));
}

/** Throws ERR_DIVERGED where the head phase does, or where most runs do at once. */
export async function rangeTest(bench: Workbench, options: RangeTestOptions): Promise<RateCurve> {
  const { depth, repeats, seed, rates, onRun } = options;
  // As a trial of this depth: the importance of weights depends on how many blocks are unfrozen.
  // Rates are those of the task; an adversary has no share in its loss.
  const configuration = { ...options.configuration, unfreezeDepth: depth, adversarial: 0 };
  const runs: number[][] = [];
  for (let trial = 0; trial < repeats; trial++) {
    runs.push(await runOnce(bench, { identity: { seed, trial }, configuration }, options));
    onRun?.(trial + 1);
  }
  return rateCurve(rates, runs);
}

/**
 * The losses, up to the one at which the run diverged. Each is corrected by its batch's own difficulty, measured by a run at rate 0: batches
 * differ more than a step improves.
 */
async function runOnce(bench: Workbench, trial: Trial, { depth, rates }: RangeTestOptions): Promise<number[]> {
  const tail: Tail = { ...bench, depth };
  const headEpochs = depth === 0 ? 0 : trial.configuration.headEpochs;
  const atRest: number[] = [];
  const losses: number[] = [];
  const trained = await headPhase(bench, trial, headEpochs);
  const start = await trained?.read();
  trained?.dispose();
  const begin = (): Promise<DeviceState> =>
    enterPhase(bench, trial, tail, start === undefined ? undefined : bench.engine.createState(start));
  const noRates = rates.map(() => 0);
  await steps(bench, trial, tail, await begin(), headEpochs, noRates, (loss) => atRest.push(loss) > 0);
  const mean = atRest.reduce((sum, loss) => sum + loss, 0) / atRest.length;
  const watch = new DivergenceWatch(rates.length);
  await steps(bench, trial, tail, await begin(), headEpochs, rates, (loss) => {
    losses.push(loss - (atRest[losses.length] as number) + mean);
    return !watch.hasDiverged(losses.at(-1) as number);
  });
  return losses;
}

/** Takes a step at each rate until `continues` denies it for a loss; disposes of the state. */
async function steps(
  bench: Workbench,
  trial: Trial,
  tail: Tail,
  state: DeviceState,
  epochsBefore: number,
  rates: readonly number[],
  continues: (loss: number) => boolean,
): Promise<void> {
  try {
    let step = 0;
    let isOver = false;
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- `took` changes it
    for (let epoch = epochsBefore + 1; step < rates.length && !isOver; epoch++) {
      const left = rates.slice(step);
      const batches = fullBatches(bench, trial, epoch).slice(0, left.length);
      const plan = { epoch, tail, stepsBefore: step, place: undefined, batches, rates: left };
      const own = await EpochSteps.open(bench, trial, plan);
      await takeSteps(bench, plan, state, {
        options: own.options,
        get size() {
          return isOver ? undefined : own.size;
        },
        fill: (feeds, mayKeep) => own.fill(feeds, mayKeep),
        took(result) {
          own.next(result);
          step++;
          isOver = !continues(result.loss);
        },
      });
    }
  } finally {
    state.dispose();
  }
}

async function headPhase(bench: Workbench, trial: Trial, epochs: number): Promise<DeviceState | undefined> {
  if (epochs === 0) return undefined;
  const tail: Tail = { ...bench, depth: 0 };
  const state = await enterPhase(bench, trial, tail, undefined);
  for (let [epoch, stepsBefore] = [1, 0]; epoch <= epochs; epoch++) {
    stepsBefore += (await trainEpoch(bench, trial, state, { epoch, tail, stepsBefore, place: undefined })).steps;
  }
  return state;
}

/** The last batch of an epoch may be too small for a loss that compares with others. */
function fullBatches(bench: Workbench, { configuration, identity }: Trial, epoch: number): Uint32Array[] {
  const { batchSize, sampling } = configuration;
  const batches = epochBatches(identity, epoch, bench.labels, batchSize, sampling);
  const full = batches.filter((batch) => batch.length === batchSize);
  return full.length > 0 ? full : batches;
}
