// A model card: what a model is, what it was made from, how good it is and where it ends. Markdown.
import { must } from '../../system/must.js';
import type { ImagesRecord } from '../../study/events.js';
import type { MultilabelDetail } from '../../study/trial.js';
import { TRAINING_DEFAULTS, type TrainingField } from '../../study/schema/training-schema.js';
import type { Confusion } from '../../metrics/confusion.js';
import type { ImageMistake, ModelEvaluation } from '../../trainer/evaluation.js';
import type { SliceScore } from '../../metrics/slice-scores.js';
import { classScores } from '../../metrics/scores.js';
import { formatMetric, formatScalar } from '../../system/format.js';
import { intervalText } from '../winner.js';
import type { TrainerConfiguration } from './trainer-configuration.js';
import type { ExportFormat } from './export-formats.js';
import { weaknesses } from './known-weaknesses.js';
import { usageSnippets } from './usage-snippets.js';

export interface CardResult {
  readonly split: 'validation' | 'test';
  readonly metrics: Readonly<Record<string, number>>;
  readonly confusion?: Confusion;
  /** In place of a confusion matrix, of images with several labels: a table of 2 × 2 for each. */
  readonly labels?: MultilabelDetail['labels'];
  readonly thresholds?: readonly number[];
  readonly interval?: ModelEvaluation['interval'];
  readonly mistakes?: readonly ImageMistake[];
  /** Worst first. */
  readonly slices?: readonly SliceScore[];
}

export interface ModelCardFacts {
  readonly configuration: TrainerConfiguration;
  readonly inputSize: number;
  /** Of the weights that it began with, in a sentence. */
  readonly licence: string;
  readonly classes: readonly string[];
  /** What the folder holds. */
  readonly formats: readonly ExportFormat[];
  /** Missing where the images are not at hand. */
  readonly images?: ImagesRecord | undefined;
  readonly results: readonly CardResult[];
  /** How the configuration was found: a sentence each. */
  readonly origin: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  /** Whether it is a mean of several models; the configuration is that of the best of them. */
  readonly isEnsemble?: boolean | undefined;
  /** What the logits were divided by, where the probabilities are calibrated. */
  readonly temperature?: number | undefined;
}

export function modelCard(facts: ModelCardFacts): string {
  const { configuration, inputSize, licence, classes, formats, images, results, origin, versions } = facts;
  const sections = [
    `# ${plain(configuration.name)}`,
    `An image classifier of ${classes.length} classes (${plain(classes.join(', '))}): ${configuration.backbone.name}, fine-tuned with hpo.`,
    '## Use',
    [
      `Input: RGB images of ${inputSize} × ${inputSize} pixels, values 0 … 255; the model preprocesses them itself. Output: a probability for each class,`,
      'in the order above. `input.json` has the same for programs.',
    ].join('\n'),
    usageSnippets({
      inputSize,
      resize: 'resize' in configuration.data ? configuration.data.resize : 'crop',
      formats,
    }),
    '## Data',
    dataText(configuration, images),
    ...results.flatMap((result) => resultSections(result, classes)),
    '## How it was found',
    origin.join('\n'),
    '## Training',
    table(
      ['field', 'value'],
      Object.entries(configuration.training)
        .filter(([name, value]) => value !== TRAINING_DEFAULTS[name as TrainingField])
        .map(([name, value]) => [name, formatScalar(value)]),
    ),
    facts.isEnsemble === true
      ? 'Everything else has its default. This is the configuration of the best of the models; `ensemble.json` has those of all, with their shares.'
      : 'Everything else has its default. `config.json` is the complete configuration: `hpo train config.json` makes this model again.',
    '## Known weaknesses',
    weaknesses(results, classes, images)
      .map((line) => `- ${plain(line)}`)
      .join('\n'),
    '## Limits',
    limits(results, facts.temperature),
    '## Licence of the weights',
    plain(licence),
    '## Versions',
    table(['part', 'version'], Object.entries(versions)),
  ];
  return `${sections.join('\n\n')}\n`;
}

function dataText({ data }: TrainerConfiguration, images: ImagesRecord | undefined): string {
  const from = 'drawn' in data ? `Drawn by hpo: ${data.drawn.family}.` : `From ${placeOf(data)}.`;
  if (images === undefined) return from;
  const { classes, counts } = images;
  const rows = classes.map((name, i) => [name, counts.train[i], counts.validation[i], counts.test[i]].map(String));
  return [from, '', table(['class', 'training', 'validation', 'test'], rows)].join('\n');
}

function placeOf(data: Exclude<TrainerConfiguration['data'], { drawn: unknown }>): string {
  if ('table' in data) return data.table;
  return 'folder' in data ? data.folder : data.train;
}

function resultSections(result: CardResult, classes: readonly string[]): string[] {
  const { split, metrics, confusion, interval } = result;
  const overall = Object.entries(metrics).filter(([name]) => !name.includes('/'));
  const range = intervalText(interval);
  const spread = range === undefined ? [] : [`${interval?.metric}: ${range} (bootstrap over the images).`];
  const sections = [
    `## On the ${split} images`,
    table(
      ['metric', 'value'],
      overall.map(([name, value]) => [name, formatMetric(value)]),
    ),
    ...spread,
  ];
  if (confusion === undefined) return sections;
  const scores = classScores(confusion).map(({ precision, recall, f1, support }, i) => [
    must(classes[i], 'the name of the class'),
    ...[precision, recall, f1].map(formatMetric),
    String(support),
  ]);
  return [
    ...sections,
    table(['class', 'precision', 'recall', 'F1', 'images'], scores),
    'Rows: what the images show. Columns: what the model says.',
    table(
      ['', ...classes],
      confusion.map((row, i) => [must(classes[i], 'the name of the class'), ...row.map(String)]),
    ),
    ...slicesSection(result.slices ?? []),
    ...mistakesSection(result.mistakes ?? []),
  ];
}

function slicesSection(slices: readonly SliceScore[]): string[] {
  if (slices.length === 0) return [];
  const rows = slices.map(({ column, value, images, accuracy, low, high }) => [
    `${column} ${value}`,
    ...[formatMetric(accuracy), `${formatMetric(low)} … ${formatMetric(high)}`, String(images)],
  ]);
  return ['Slices of the images, the worst first:', table(['slice', 'accuracy', '95 % interval', 'images'], rows)];
}

const MISTAKES_SHOWN = 10;

function mistakesSection(mistakes: readonly ImageMistake[]): string[] {
  if (mistakes.length === 0) return [];
  const rows = mistakes
    .slice(0, MISTAKES_SHOWN)
    .map(({ file, actual, predicted, confidence }) => [file, actual, predicted, formatMetric(confidence)]);
  return [
    'Its most confident mistakes. In some of them the label may be wrong:',
    table(['image', 'label', 'model', 'confidence'], rows),
  ];
}

function limits(results: readonly CardResult[], temperature: number | undefined): string {
  const tested = results.some(({ split }) => split === 'test');
  return [
    tested
      ? '- The configuration was chosen by the validation images; the test images were used once, afterwards.'
      : '- The configuration was chosen by the validation images, so their metrics are optimistic. `hpo train` evaluates on the test images, if there are any.',
    temperature === undefined
      ? '- The model gives one of its classes for any image, and its probabilities are not calibrated.'
      : `- The model gives one of its classes for any image. Its probabilities are calibrated on the validation images (temperature ${formatScalar(temperature)}).`,
    '- It was evaluated on images like those above. Images from other cameras, places or times may give other results.',
  ].join('\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => plain(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** On one line, and no markup: names of classes and files are those of somebody's data. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('<', '&lt;');
}
