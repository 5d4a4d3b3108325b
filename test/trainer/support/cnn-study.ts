// A small study of drawn signs for the built-in trainer.
import type { Report } from '../../../src/study/trial.js';
import type { Parameters } from '../../../src/study/parameters.js';
import type { Train } from '../../../src/study/train.js';
import type { CnnSettings } from '../../../src/trainer/cnn-settings.js';
import { indexImages } from '../../../src/images/indexing/index-images.js';

export async function cnnSettings(cache: string, changes: Partial<CnnSettings> = {}): Promise<CnnSettings> {
  const index = await indexImages(
    { drawn: { family: 'traffic-signs', perClass: { train: 3, validation: 2, test: 2 }, difficulty: 0 } },
    { directory: '.', seed: 1 },
  );
  return {
    study: 'signs',
    index,
    resize: 'crop',
    backbone: { name: 'quicknet', weights: 'random', inputSize: 32 },
    training: { epochs: 3, headEpochs: 1, batchSize: 8, views: 2 },
    objective: { metric: 'macroF1', direction: 'maximize' },
    seed: 1,
    engine: 'onnx',
    reuse: true,
    memory: 1e8,
    cache,
    maxDepth: 6,
    ...changes,
  };
}

/** The reports of one trial, without what depends on circumstances; `stopAfter` gives it up after so many. */
export async function reportsOf(
  train: Train,
  directory: string,
  parameters: Parameters,
  { trial = 0, stopAfter = Infinity, share = 1 } = {},
): Promise<Report[]> {
  const assignment = { trial, parameters, seed: 1, directory, reported: 0 };
  const context = {
    signal: new AbortController().signal,
    slot: 0,
    log: () => {},
    progress: () => {},
    share: () => share,
  };
  const reports: Report[] = [];
  for await (const { seconds: _, work: __, ...report } of train(assignment, context)) {
    reports.push(report);
    if (reports.length >= stopAfter) break;
  }
  return reports;
}
