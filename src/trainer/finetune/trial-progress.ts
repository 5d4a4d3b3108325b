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

export function tellProgress(
  work: Pick<TrialWork, 'computed'>,
  context: Pick<TrainContext, 'progress'>,
): TrialProgress {
  let known = work.computed;
  let hasStepped = false;
  const timer = setInterval(() => {
    const { computed } = work;
    if (!hasStepped && computed > known) context.progress(0, computed - known);
    known = computed;
    hasStepped = false;
  }, LOOK_EVERY);
  timer.unref();
  return {
    onStep: (share, images) => {
      hasStepped = true;
      context.progress(share, images);
    },
    stop: () => clearInterval(timer),
  };
}
