// A whole study in memory, small enough to run hundreds of times: for the controller's tests.
import { definitionOf } from '../study/definitions.js';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LiveStudy } from '../../src/controller/live-study.js';
import { type StudyRunOptions, runTrials } from '../../src/controller/run-trials.js';
import type { StudyEnd } from '../../src/controller/study-end.js';
import type { Pruner } from '../../src/search/pruner.js';
import type { Sampler } from '../../src/search/sampler.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import type { StudyStore } from '../../src/store/study-store.js';
import { TrialFolders } from '../../src/store/trial-folders.js';
import { JOURNAL_VERSION, type TrialEvent } from '../../src/study/events.js';
import type { Train } from '../../src/study/train.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';

export const objective = { metric: 'f1', direction: 'maximize' } as const;

export const created: TrialEvent = {
  type: 'created',
  version: JOURNAL_VERSION,
  study: { name: 'scene', definition: definitionOf() },
  at: 0,
};

/** x uniform in [0, 1). */
export const randomSampler: Sampler = { ask: (_, random) => ({ parameters: { x: random.next() } }) };

export const keepAll: Pruner = { decide: () => ({ action: 'continue', reason: 'all may go on' }) };

/** f1 rises from x by a tenth each epoch. */
export const rising: Train = async function* ({ parameters, reported }) {
  for (let epoch = reported + 1; epoch <= 3; epoch++) {
    yield { epoch, metrics: { f1: Number(parameters['x']) + epoch / 10 } };
    await Promise.resolve();
  }
};

export interface Scene {
  readonly end: StudyEnd;
  readonly study: LiveStudy;
  /** Without times. */
  readonly events: readonly unknown[];
  readonly folders: TrialFolders;
}

export type SceneOptions = Partial<Omit<StudyRunOptions, 'study'>> & {
  readonly train?: Train;
  readonly slots?: number;
  /** What an earlier session left. */
  readonly before?: readonly TrialEvent[];
  readonly store?: StudyStore;
  readonly onEvent?: (event: TrialEvent) => void;
};

/** Runs a study of three trials, or what the options make of it. */
export async function play(options: SceneOptions = {}): Promise<Scene> {
  const { train = rising, slots = 1, before = [created], store = new MemoryStore(before), onEvent, ...rest } = options;
  const study = new LiveStudy({ objective, store, events: before, clock: () => 0 });
  if (onEvent !== undefined) study.subscribe(onEvent);
  const folders = rest.folders ?? newFolders();
  const end = await runTrials({
    sampler: randomSampler,
    pruner: keepAll,
    runner: new InProcessRunner({ train, slots }),
    seed: 7,
    trials: 3,
    ...rest,
    study,
    folders,
  });
  return { end, study, events: withoutTimes(await store.load()), folders };
}

export function newFolders(): TrialFolders {
  return new TrialFolders(join(mkdtempSync(join(tmpdir(), 'hpo-scene-')), 'trials'));
}

export function withoutTimes(events: readonly TrialEvent[]): unknown[] {
  return events.map(({ at: _, ...event }) => event);
}
