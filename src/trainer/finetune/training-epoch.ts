// One epoch of training of one trial.
import type { DeviceState, Program } from '../../engines/engine.js';
import { feedsOf, linkName } from '../../graph/chained.js';
import { type EpochPlan, type EpochResult, EpochSteps, type PlannedTrial, type Steps } from './epoch-steps.js';
import { type StepFeeds, emptyFeeds } from './training-step.js';
import type { Workbench } from './workbench.js';

/** Takes the steps of one epoch; returns their number and the mean loss of the images. Throws ERR_DIVERGED. */
export async function trainEpoch(
  bench: Workbench,
  plan: PlannedTrial,
  state: DeviceState,
  epoch: EpochPlan,
): Promise<EpochResult> {
  const steps = await EpochSteps.open(bench, plan, epoch);
  await takeSteps(bench, epoch, state, steps);
  return steps.result;
}

/** Takes the steps that are left. */
export async function takeSteps(
  bench: Workbench,
  { tail }: Pick<EpochPlan, 'tail'>,
  state: DeviceState,
  steps: Steps,
): Promise<void> {
  const { arrays, programs } = bench;
  const filled = new Map<Program, StepFeeds>();
  try {
    for (let size = steps.size; size !== undefined; size = steps.size) {
      const { program, links } = await programs.steps(tail, size, steps.options, steps.inARow);
      const feeds = filled.get(program) ?? emptyFeeds(program, (length) => arrays.take(length));
      filled.set(program, feeds);
      if (links === 1) {
        await steps.fill(feeds);
        steps.took((await program.run(state, feeds))['loss']?.[0] as number);
        continue;
      }
      for (let link = 0; link < links; link++) await steps.fill(feedsOf(feeds, link), link);
      const results = await program.run(state, feeds);
      for (let link = 0; link < links; link++) steps.took(results[linkName('loss', link)]?.[0] as number);
    }
  } finally {
    for (const feeds of filled.values()) for (const array of Object.values(feeds)) arrays.give(array);
  }
}
