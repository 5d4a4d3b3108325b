// Tells how far an epoch is: after each step, and while features are computed, which can take long before the first step.
import type { TrainContext } from '../../study/train.js';
import type { TrialWork } from '../../features/feature-counter.js';

/** Milliseconds between two looks at the feature counter. */
const LOOK_EVERY = 1000;

export interface TrialProgress {
  /** For TrialPlan.onStep. */
  readonly onStep: (share: number, images: number) => void;
  readonly stop: () => void;
}

/**
 * What computing the features of all images may take of an epoch's share. Batches are drawn across all images, so that most features are
 * computed before the first steps.
 */
const FEATURES_SHARE = 0.9;

/** @param images of the training split. */
export function tellProgress(
  work: Pick<TrialWork, 'computed'>,
  context: Pick<TrainContext, 'progress'>,
  images: number,
): TrialProgress {
  let known = work.computed;
  let hasStepped = false;
  /** Of the epoch: what features have taken, and of the rest what steps have. */
  let [computedBefore, features, steps] = [known, 0, 0];
  const say = (count: number): void => context.progress(features + (1 - features) * steps, count);
  const timer = setInterval(() => {
    const { computed } = work;
    if (!hasStepped && computed > known) {
      features = Math.max(features, FEATURES_SHARE * Math.min(1, (computed - computedBefore) / images));
      say(computed - known);
    }
    known = computed;
    hasStepped = false;
  }, LOOK_EVERY);
  timer.unref();
  return {
    onStep: (share, count) => {
      hasStepped = true;
      steps = share;
      say(count);
      if (share >= 1) [computedBefore, features, steps] = [work.computed, 0, 0];
    },
    stop: () => clearInterval(timer),
  };
}
