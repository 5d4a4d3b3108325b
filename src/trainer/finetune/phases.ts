// The phases of a trial: the head alone, then the head and the top blocks.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';

export interface Phase {
  readonly name: 'head' | 'blocks';
  /** Blocks trained from the top; 0 in the head phase. */
  readonly depth: number;
  /** First epoch, counted from 1. */
  readonly start: number;
  readonly epochs: number;
  /** Peak learning rate. */
  readonly rate: number;
  readonly schedule: TrainingConfiguration['schedule'];
}

/**
 * The phases of a configuration, together `epochs` long. With nothing to unfreeze there is one, at `learningRate`; else the
 * head is trained first, at `headLearningRate` held constant, so that a random head does not wreck the blocks that join it.
 */
export function phasesOf(configuration: TrainingConfiguration): Phase[] {
  const { epochs, unfreezeDepth, learningRate, schedule } = configuration;
  if (unfreezeDepth === 0) return [{ name: 'head', depth: 0, start: 1, epochs, rate: learningRate, schedule }];
  const headEpochs = Math.min(configuration.headEpochs, epochs);
  const phases: Phase[] = [
    {
      name: 'head',
      depth: 0,
      start: 1,
      epochs: headEpochs,
      rate: configuration.headLearningRate,
      schedule: 'constant',
    },
    {
      name: 'blocks',
      depth: unfreezeDepth,
      start: headEpochs + 1,
      epochs: epochs - headEpochs,
      rate: learningRate,
      schedule,
    },
  ];
  return phases.filter((phase) => phase.epochs > 0);
}
