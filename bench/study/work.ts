// What a study did, from its events: which images it needed in which guise up to which cut, and what it trained.
import type { TrialEvent } from '../../src/study/events.js';
import { type TrainingConfiguration, TRAINING_DEFAULTS } from '../../src/study/schema/training-schema.js';
import type { Parameters } from '../../src/study/parameters.js';
import { phaseAt, phasesOf } from '../../src/trainer/finetune/phases.js';

/** A number of epochs that were trained alike. */
export interface TrainedEpochs {
  readonly depth: number;
  readonly batchSize: number;
  readonly epochs: number;
}

export interface StudyWork {
  readonly trained: readonly TrainedEpochs[];
  /** Each augmentation and view that was trained on, with the smallest depth: how far up the network it was needed. */
  readonly views: readonly { readonly name: string; readonly depth: number }[];
  /** The smallest depth: how far up the network the validation images were needed. */
  readonly validationDepth: number;
  /** Images through the frozen part as if nothing were kept, and those that went through it. */
  readonly needed: number;
  readonly computed: number;
  readonly epochs: number;
  readonly pruned: number;
  readonly bestValue: number;
  readonly trials: number;
}

/** @param fixed the study's `training`. */
export function workOf(
  events: readonly TrialEvent[],
  fixed: Partial<TrainingConfiguration>,
  metric: string,
): StudyWork {
  const parameters = new Map<number, Parameters>();
  const trained = new Map<string, TrainedEpochs>();
  const views = new Map<string, number>();
  const sums = { needed: 0, computed: 0, epochs: 0, pruned: 0, bestValue: -Infinity };
  for (const event of events) {
    if (event.type === 'asked') parameters.set(event.trial, event.parameters);
    if (event.type === 'told' && event.outcome.status === 'pruned') sums.pruned++;
    if (event.type === 'prepared') sums.computed += event.work.computed;
    if (event.type !== 'reported') continue;
    const { report } = event;
    const configuration = { ...TRAINING_DEFAULTS, ...fixed, ...parameters.get(event.trial) } as TrainingConfiguration;
    const { depth } = phaseAt(phasesOf(configuration), report.epoch);
    const { batchSize, augmentation } = configuration;
    const key = `${depth} ${batchSize}`;
    trained.set(key, { depth, batchSize, epochs: (trained.get(key)?.epochs ?? 0) + 1 });
    const view = augmentation === 'none' ? 'none' : `${augmentation} ${(report.epoch - 1) % configuration.views}`;
    views.set(view, Math.min(views.get(view) ?? Infinity, depth));
    sums.needed += report.work?.needed ?? 0;
    sums.computed += report.work?.computed ?? 0;
    sums.epochs++;
    sums.bestValue = Math.max(sums.bestValue, report.metrics[metric] ?? -Infinity);
  }
  return {
    ...sums,
    trained: [...trained.values()],
    views: [...views].map(([name, depth]) => ({ name, depth })),
    validationDepth: Math.min(...[...trained.values()].map(({ depth }) => depth)),
    trials: parameters.size,
  };
}
