// Where each second of a study goes: its trials in threads under V8's profiler, self times put together by place.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createSearch } from '../../src/app/setup/create-search.js';
import { inputOfStudy, prepareTrainer } from '../../src/app/setup/prepare-trainer.js';
import { readStudyFile } from '../../src/app/files/study-file.js';
import { classOf } from '../../src/images/indexing/image-index.js';
import { LiveStudy } from '../../src/controller/live-study.js';
import { runTrials } from '../../src/controller/run-trials.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { RunDirectory } from '../../src/store/run-directory.js';
import { layoutAt } from '../../src/store/run-layout.js';
import type { ImagesRecord, TrialEvent } from '../../src/study/events.js';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';
import type { ProfiledSettings, ThreadProfile } from './profiled-trainer.js';
import { type StudyOptions, writeStudy } from './run-cli.js';

const TRAINER = pathToFileURL(resolve(import.meta.dirname, '../../dist/trainer/cnn-trainer.js')).href;
const PROFILED = resolve(import.meta.dirname, 'profiled-trainer.ts');

/** Frames within which sessions run; their time is known better from the sessions themselves. */
const NATIVE = /^ $|^run .*onnxruntime|^dispatch $/;

/** Places by what a frame's function and file look like, the first that fits. */
const PLACES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['waiting (decoding, files, others, answers)', /^\(idle\)/],
  ['augmentation', /images\/augmentation|math\/random/],
  ['preparing programs', /\/graph\/|^loadModel|InferenceSession|protobuf/],
  ['decoding', /sharp/],
  [
    'features: memory and files',
    /\/features\/|^(crc32|writev?|writeBuffer|read|open|openFileHandle|close|stat|utimes|link|unlink|rename|mkdir) /,
  ],
  ['batches and epochs', /trainer\/finetune/],
  ['metrics', /\/metrics\/|trainer\/evaluation/],
  ['garbage collection', /^\(garbage collector\)/],
  ['loading modules', /node:internal\/modules|^compile|^importSync/],
];

export interface Place {
  readonly name: string;
  readonly seconds: number;
}

export interface StudyProfile {
  /** Seconds of all slots together. */
  readonly places: readonly Place[];
  readonly wallSeconds: number;
  readonly events: readonly TrialEvent[];
  readonly images: ImagesRecord;
}

export async function profileStudy(folder: string, options: StudyOptions): Promise<StudyProfile> {
  const profiles = join(folder, 'profiles');
  mkdirSync(profiles, { recursive: true });
  process.env['HPO_CACHE'] = join(folder, 'cache');
  const file = readStudyFile(writeStudy(folder, options));
  const { definition } = file;
  const { slots, trials } = options;
  const input = inputOfStudy(file);
  const prepared = await prepareTrainer(
    { ...input, engine: 'onnx' },
    { slots: { resources: definition.resources, workers: slots, trials } },
  );
  const labels = prepared.settings.index.splits.validation.map(classOf);
  const settings: ProfiledSettings = { settings: prepared.settings, trainer: TRAINER, profiles };
  const runner = await PiscinaRunner.open({ trainer: { module: PROFILED, settings }, slots });
  const directory = await RunDirectory.open(layoutAt(join(folder, 'study.run')));
  const events: TrialEvent[] = [];
  const study = new LiveStudy({ objective: definition.objective, store: new MemoryStore(), events: [] });
  study.subscribe((event) => events.push(event));
  const began = performance.now();
  await runTrials({
    ...createSearch({ name: 'profile', definition }, trials, [labels], input.backbones),
    study,
    runner,
    folders: directory.trials,
  });
  const wallSeconds = (performance.now() - began) / 1000;
  await runner.close();
  await directory.close();
  const threads = readdirSync(profiles).map(
    (name) => JSON.parse(readFileSync(join(profiles, name), 'utf8')) as ThreadProfile,
  );
  return { places: placesOf(threads), wallSeconds, events, images: prepared.record.images };
}

function placesOf(threads: readonly ThreadProfile[]): Place[] {
  const seconds = new Map<string, number>();
  const add = (name: string, amount: number): void => void seconds.set(name, (seconds.get(name) ?? 0) + amount);
  for (const { self, runs } of threads) {
    add('frozen part', runs.prefix);
    add('training steps', runs.training);
    add('evaluation', runs.evaluation);
    for (const [key, amount] of Object.entries(self)) {
      if (NATIVE.test(key)) continue;
      add(PLACES.find(([, pattern]) => pattern.test(key))?.[0] ?? 'other', amount);
    }
  }
  return [...seconds].map(([name, amount]) => ({ name, seconds: amount })).sort((a, b) => b.seconds - a.seconds);
}
