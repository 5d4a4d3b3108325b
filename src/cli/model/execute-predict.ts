// Classifies image files with an exported model.
import { resolve } from 'node:path';
import { messageOf } from '../../study/errors.js';
import { configureSharp } from '../../images/decode.js';
import { readPixels } from '../../images/pixels.js';
import { Classifier } from '../../trainer/model/classifier.js';
import { loadExportedModel } from '../../trainer/model/exported-model.js';
import { type Cli, writeJson } from '../cli.js';
import type { PredictOptions } from '../commands/predict.js';
import { openEngineFor } from '../compose.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { alignColumns } from '../table.js';
import { formatMetric } from '../../system/format.js';

interface Prediction {
  readonly file: string;
  /** Most probable first. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

/** Images that cannot be read are named on stderr; the others are classified. @returns the exit code. */
export async function executePredict(
  cli: Cli,
  folder: string,
  files: readonly string[],
  options: PredictOptions,
): Promise<ExitCode> {
  const { out, err } = cli.terminal;
  configureSharp();
  const model = await loadExportedModel(folder);
  const engine = await openEngineFor('auto');
  const predictions: Prediction[] = [];
  try {
    const classifier = await Classifier.compile(engine, model);
    for (const file of files) {
      try {
        const pixels = await readPixels({ type: 'file', path: resolve(file) }, model.inputSize, model.resize);
        predictions.push({ file, classes: rank(await classifier.probabilities(pixels), model.classes, options.top) });
      } catch (error) {
        err.line(messageOf(error));
      }
    }
  } finally {
    await engine.dispose();
  }
  if (options.json === true) writeJson(cli, predictions);
  else for (const line of alignColumns(rowsOf(predictions))) out.line(line);
  return predictions.length === files.length ? EXIT.done : EXIT.failed;
}

function rank(probabilities: Float32Array, classes: readonly string[], top: number): Prediction['classes'] {
  const all = classes.map((name, i) => ({ name, probability: probabilities[i] as number }));
  return all.sort((a, b) => b.probability - a.probability).slice(0, top);
}

function rowsOf(predictions: readonly Prediction[]): string[][] {
  return predictions.map(({ file, classes }) => [
    file,
    ...classes.flatMap(({ name, probability }) => [name, formatMetric(probability)]),
  ]);
}
