// Trains one model, exports it, and judges it by the test images.
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Report } from '../../study/trial.js';
import { readJudgement } from '../../trainer/judgement.js';
import { exportModel } from '../../trainer/model/exported-model.js';
import { type TrainedModel, trainedModel } from '../../trainer/model/trained-model.js';
import type { Cli } from '../cli.js';
import type { TrainOptions } from '../commands/train.js';
import { compactJson } from '../compact-json.js';
import { openEngineFor } from '../compose.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { onInterrupt } from '../run/interrupts.js';
import { imagesRecord } from '../setup/index-study-images.js';
import { versions } from '../versions.js';
import { type SplitResult, evaluateSplit } from './evaluate-split.js';
import { modelCard } from './model-card.js';
import { checkOut, moveIntoPlace, stagingOf } from './staged-folder.js';
import { trainModel } from './train-model.js';
import { type TrainingJob, openTrainingJob } from './training-job.js';
import { moveConfiguration } from './trainer-configuration.js';
import { jsonTrainView, textTrainView } from './train-view.js';

/** @returns the exit code; throws what kept it from training. */
export async function executeTrain({ terminal }: Cli, file: string, options: TrainOptions): Promise<ExitCode> {
  const out = resolve(options.out ?? join(dirname(resolve(file)), 'trained'));
  checkOut(out, options.force === true);
  const job = await openTrainingJob(file, terminal.err);
  const view = options.json === true ? jsonTrainView(terminal.out) : textTrainView(job, terminal);
  const checkpoints = join(stagingOf(out), 'checkpoint');
  const abort = new AbortController();
  const stopListening = onInterrupt((times) => {
    if (times > 1) process.exit(EXIT.interrupted);
    abort.abort();
    terminal.err.line('stopping after this epoch; Ctrl-C again stops at once');
  });
  try {
    const { settings, configuration } = job;
    const { identity } = configuration;
    const best = await trainModel({ settings, identity, checkpoints, onReport: view.epoch, signal: abort.signal });
    if (best === undefined) {
      terminal.err.line('stopped; the same command continues');
      return EXIT.interrupted;
    }
    const model = await trainedModel(settings, join(checkpoints, 'best.safetensors'));
    const test = await judgeTest(job, model);
    await writeModel(job, model, best, test, out);
    view.result({ best, test, folder: out });
    return EXIT.done;
  } finally {
    stopListening();
  }
}

/** The one look at the test images; undefined where there are none. */
async function judgeTest(
  { settings, configuration }: TrainingJob,
  model: TrainedModel,
): Promise<SplitResult | undefined> {
  if (settings.index.splits.test.length === 0) return undefined;
  const engine = await openEngineFor(settings.engine);
  try {
    const { metric, positiveClass } = settings.objective;
    const { seed } = configuration.identity;
    return await evaluateSplit({ model, index: settings.index, split: 'test', engine, metric, positiveClass, seed });
  } finally {
    await engine.dispose();
  }
}

async function writeModel(
  { settings, configuration, directory }: TrainingJob,
  model: TrainedModel,
  best: Report,
  test: SplitResult | undefined,
  out: string,
): Promise<void> {
  const staging = stagingOf(out);
  const judgement = await readJudgement(join(staging, 'checkpoint'), best.epoch);
  const confusion = best.detail?.confusion ?? [];
  const validation = { ...judgement, split: 'validation', metrics: best.metrics, confusion } as const;
  const results = [validation, ...(test === undefined ? [] : [{ ...test, split: 'test' as const }])];
  const card = modelCard({
    configuration,
    inputSize: model.inputSize,
    classes: model.classes,
    images: imagesRecord(settings.index),
    results,
    origin: [
      `Trained by itself from a configuration; the weights are those of epoch ${best.epoch}, its best on the validation images.`,
    ],
    versions: { ...versions(), engine: settings.engine },
  });
  await exportModel(model, configuration.training.dropout, staging);
  await writeFile(join(staging, 'config.json'), compactJson(moveConfiguration(configuration, directory, out)));
  await writeFile(join(staging, 'metrics.json'), `${JSON.stringify({ epoch: best.epoch, results }, null, 2)}\n`);
  await writeFile(join(staging, 'model-card.md'), card);
  await rm(join(staging, 'checkpoint'), { recursive: true });
  await moveIntoPlace(out);
}
