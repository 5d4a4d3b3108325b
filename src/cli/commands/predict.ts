// hpo predict: classifies images with an exported model.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { Command } from 'commander';
import type { ImageClassifier } from '../../app/load-classifier.js';
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
    .option('--explain <folder>', 'write a picture of each image there: red where the network looked for its class')
    .option('--block <name>', 'with --explain: the block of the backbone to look at (default: the last)')
    .option('--json', 'as JSON: the classes of each image with their probabilities')
    .action((model: string, images: string[], options: PredictOptions) => predict(cli, model, images, options));
}

interface PredictOptions {
  readonly top: number;
  readonly json?: boolean;
  readonly explain?: string;
  readonly block?: string;
}

interface Predicted {
  readonly file: string;
  /** Most probable first. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
  /** The picture of where the network looked, with --explain. */
  readonly explained?: string;
}

/** Images that cannot be read are named on stderr; the others are classified. */
async function predict(cli: Cli, folder: string, paths: readonly string[], options: PredictOptions): Promise<void> {
  const { out, err } = cli.terminal;
  if (options.block !== undefined && options.explain === undefined) {
    throw new HpoError('ERR_USAGE', 'expected --explain with --block, got --block alone');
  }
  const { loadClassifier } = await import('../../app/load-classifier.js');
  const { findImages } = await import('../../app/files/find-images.js');
  const files = await findImages(paths);
  const classifier = await loadClassifier(folder, messagesTo(err));
  const predicted: Predicted[] = [];
  try {
    for (const file of files) {
      try {
        predicted.push(await predictOne(classifier, file, options));
      } catch (error) {
        if (error instanceof HpoError && error.code === 'ERR_USAGE') throw error;
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

async function predictOne(classifier: ImageClassifier, file: string, options: PredictOptions): Promise<Predicted> {
  const { explain: folder, block, top } = options;
  if (folder === undefined) {
    const [prediction] = await classifier.predict([file]);
    return { file, classes: prediction?.classes.slice(0, top) ?? [] };
  }
  const { prediction, picture } = await classifier.explain(file, { block });
  const explained = await writePicture(folder, file, picture);
  return { file, classes: prediction.classes.slice(0, top), explained };
}

/** Named after its image; images of one name from several folders get numbers. */
async function writePicture(folder: string, file: string, picture: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { name } = parse(file);
  for (let number = 1; ; number++) {
    const path = join(folder, `${name}${number === 1 ? '' : `-${number}`}.png`);
    try {
      await writeFile(path, picture, { flag: 'wx' });
      return path;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function rowsOf(predicted: readonly Predicted[]): string[][] {
  return predicted.map(({ file, classes, explained }) => [
    file,
    ...classes.flatMap(({ name, probability }) => [name, formatMetric(probability)]),
    ...(explained === undefined ? [] : [explained]),
  ]);
}

function parseTop(text: string): number {
  const top = Number(text);
  if (Number.isInteger(top) && top >= 1) return top;
  throw new HpoError('ERR_USAGE', `expected a whole number from 1 at --top, got '${text}'`);
}
