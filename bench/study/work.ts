// What a study did, from its events: what each trial trained, and which images it needed in which view up to which cut.
import type { TrialEvent } from '../../src/study/events.js';
import { type TrainingConfiguration, TRAINING_DEFAULTS } from '../../src/study/schema/training-schema.js';
import type { Parameters } from '../../src/study/parameters.js';
import { phaseAt, phasesOf } from '../../src/study/phases.js';
import type { ReplayedTrial } from './run-cli.js';

export interface TrainedEpoch {
  readonly depth: number;
  readonly batchSize: number;
  /** Of the training images: augmentation and number. */
  readonly view: string;
}

export interface StudyWork {
  /** The epochs of each trial, in the order in which trials were begun. */
  readonly trained: readonly (readonly TrainedEpoch[])[];
  /** The same trials, to be run again. */
  readonly replay: readonly ReplayedTrial[];
  /** Images through the frozen part as if nothing were kept, and those that went through it. */
  readonly needed: number;
  readonly computed: number;
  readonly epochs: number;
  /** Wall seconds of all epochs, and those of trials that train the head alone, without what features took: batched trials save of the latter. */
  readonly seconds: number;
  readonly heads: { readonly epochs: number; readonly seconds: number };
  readonly pruned: number;
  readonly bestValue: number;
}

/** @param fixed the study's `training`. */
export function workOf(
  events: readonly TrialEvent[],
  fixed: Partial<TrainingConfiguration>,
  metric: string,
): StudyWork {
  const parameters = new Map<number, Parameters>();
  const trained = new Map<number, TrainedEpoch[]>();
  const sums = { needed: 0, computed: 0, epochs: 0, seconds: 0, pruned: 0, bestValue: -Infinity };
  const heads = { epochs: 0, seconds: 0 };
  for (const event of events) {
    if (event.type === 'asked') parameters.set(event.trial, event.parameters);
    if (event.type === 'started') trained.set(event.trial, trained.get(event.trial) ?? []);
    if (event.type === 'told' && event.outcome.status === 'pruned') sums.pruned++;
    if (event.type === 'prepared') sums.computed += event.work['computed'] ?? 0;
    if (event.type !== 'reported') continue;
    const { report } = event;
    const configuration = { ...TRAINING_DEFAULTS, ...fixed, ...parameters.get(event.trial) };
    const { depth } = phaseAt(phasesOf(configuration), report.epoch);
    const { batchSize, augmentation, views } = configuration;
    const view = augmentation === 'none' ? 'none' : `${augmentation} ${(report.epoch - 1) % views}`;
    trained.set(event.trial, [...(trained.get(event.trial) ?? []), { depth, batchSize, view }]);
    sums.needed += report.work?.['needed'] ?? 0;
    sums.computed += report.work?.['computed'] ?? 0;
    sums.epochs++;
    const { seconds = 0 } = report;
    sums.seconds += seconds;
    if (configuration.unfreezeDepth === 0) {
      heads.epochs++;
      heads.seconds += seconds - (report.work?.['seconds'] ?? 0);
    }
    sums.bestValue = Math.max(sums.bestValue, report.metrics[metric] ?? -Infinity);
  }
  const replay = [...trained].map(([trial, { length }]) => ({
    parameters: parameters.get(trial) as Parameters,
    epochs: length,
  }));
  return { ...sums, heads, trained: [...trained.values()], replay };
}
