// hpo predict: classifies images with an exported model.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { Command } from 'commander';
import type { ImageClassifier, Prediction } from '../../app/load-classifier.js';
import { HpoError, messageOf } from '../../study/errors.js';
import { must } from '../../system/must.js';
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
    .option(
      '-k, --top <number>',
      'number of classes to show for each image (default: 1; of a model of several labels: those that it gives)',
      parseTop,
    )
    .option(
      '--explain <folder>',
      'write a picture of each image there: red where the network looked for its class, or each label',
    )
    .option('--block <name>', 'with --explain: the block of the backbone to look at (default: the last)')
    .option('--json', 'as JSON: the classes of each image with their probabilities')
    .action((model: string, images: string[], options: PredictOptions) => predict(cli, model, images, options));
}

interface PredictOptions {
  readonly top?: number;
  readonly json?: boolean;
  readonly explain?: string;
  readonly block?: string;
}

interface Predicted {
  readonly file: string;
  /** Of a model of several labels: those that it gives. */
  readonly labels?: readonly string[];
  /** Most probable first. */
  readonly classes: Prediction['classes'];
  /** The picture of where the network looked, with --explain. */
  readonly explained?: string;
  /** One for each label that is given, of a model of several labels. */
  readonly explanations?: Readonly<Record<string, string>>;
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
  const { explain: folder, block } = options;
  const isOfLabels = classifier.thresholds !== undefined;
  if (folder === undefined || isOfLabels) {
    const [prediction] = await classifier.predict([file]);
    const shown = shownOf(file, must(prediction, 'a prediction'), options);
    if (folder === undefined) return shown;
    const explanations: [label: string, picture: string][] = [];
    for (const label of prediction?.labels ?? []) {
      const { picture } = await classifier.explain(file, { block, label });
      explanations.push([label, await writePicture(folder, parse(file).name + `.${nameInFile(label)}`, picture)]);
    }
    return { ...shown, explanations: Object.fromEntries(explanations) };
  }
  const { prediction, picture } = await classifier.explain(file, { block });
  return { ...shownOf(file, prediction, options), explained: await writePicture(folder, parse(file).name, picture) };
}

/** Of several labels JSON has all with their probabilities, unless --top says how many. */
function shownOf(file: string, { labels, classes }: Prediction, { top, json = false }: PredictOptions): Predicted {
  if (labels === undefined) return { file, classes: classes.slice(0, top ?? 1) };
  const given = classes.filter(({ name }) => labels.includes(name));
  return { file, labels, classes: top === undefined ? (json ? classes : given) : classes.slice(0, top) };
}

/** A label is somebody's text. */
function nameInFile(label: string): string {
  return label.replaceAll(/[^\p{L}\p{N}_-]+/gu, '_').slice(0, 60);
}

/** @param name of its image; images of one name from several folders get numbers. */
async function writePicture(folder: string, name: string, picture: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true });
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
  return predicted.map(({ file, labels, classes, explained, explanations = {} }) => [
    file,
    ...classes.flatMap(({ name, probability }) => [name, formatMetric(probability)]),
    ...(labels !== undefined && classes.length === 0 ? ['no label'] : []),
    ...(explained === undefined ? [] : [explained]),
    ...Object.values(explanations),
  ]);
}

function parseTop(text: string): number {
  const top = Number(text);
  if (Number.isInteger(top) && top >= 1) return top;
  throw new HpoError('ERR_USAGE', `expected a whole number from 1 at --top, got '${text}'`);
}
