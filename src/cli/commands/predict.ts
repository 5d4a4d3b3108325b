// hpo predict: classifies images with an exported model.
import type { Command } from 'commander';
import { HpoError, messageOf } from '../../study/errors.js';
import { formatMetric } from '../../system/format.js';
import { type Cli, writeJson } from '../cli.js';
import { EXIT } from '../exit-code.js';
import { messagesTo } from '../messages.js';
import { alignColumns } from '../table.js';

export function addPredictCommand(program: Command, cli: Cli): void {
  program
    .command('predict')
    .description('classify images with an exported model')
    .argument('<model>', 'a folder written by `hpo export` or `hpo train`, or its model.onnx')
    .argument('<images...>', 'image files, or folders: all images below them')
    .option('-k, --top <number>', 'number of classes to show for each image', parseTop, 1)
    .option('--json', 'as JSON: the classes of each image with their probabilities')
    .action((model: string, images: string[], options: PredictOptions) => predict(cli, model, images, options));
}

interface PredictOptions {
  readonly top: number;
  readonly json?: boolean;
}

interface Predicted {
  readonly file: string;
  /** Most probable first. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

/** Images that cannot be read are named on stderr; the others are classified. */
async function predict(cli: Cli, folder: string, paths: readonly string[], options: PredictOptions): Promise<void> {
  const { out, err } = cli.terminal;
  const { loadClassifier } = await import('../../app/load-classifier.js');
  const { findImages } = await import('../../app/files/find-images.js');
  const files = await findImages(paths);
  const classifier = await loadClassifier(folder, messagesTo(err));
  const predicted: Predicted[] = [];
  try {
    for (const file of files) {
      try {
        const [prediction] = await classifier.predict([file]);
        predicted.push({ file, classes: prediction?.classes.slice(0, options.top) ?? [] });
      } catch (error) {
        err.line(messageOf(error));
      }
    }
  } finally {
    await classifier.close();
  }
  if (options.json === true) writeJson(cli, predicted);
  else for (const line of alignColumns(rowsOf(predicted))) out.line(line);
  cli.exitCode = predicted.length === files.length ? EXIT.done : EXIT.failed;
}

function rowsOf(predicted: readonly Predicted[]): string[][] {
  return predicted.map(({ file, classes }) => [
    file,
    ...classes.flatMap(({ name, probability }) => [name, formatMetric(probability)]),
  ]);
}

function parseTop(text: string): number {
  const top = Number(text);
  if (Number.isInteger(top) && top >= 1) return top;
  throw new HpoError('ERR_USAGE', `expected a whole number from 1 at --top, got '${text}'`);
}
