// A model card: what a model is, what it was made from, how good it is and where it ends. Markdown.
import { must } from '../../system/must.js';
import { type ImagesRecord, imagesIn } from '../../study/events.js';
import type { MultilabelDetail } from '../../study/trial.js';
import { TRAINING_DEFAULTS, type TrainingField } from '../../study/schema/training-schema.js';
import type { Confusion } from '../../metrics/confusion.js';
import { type ImageMistake, type ModelEvaluation, splitOfMetric } from '../../trainer/evaluation.js';
import type { SliceScore } from '../../metrics/slice-scores.js';
import { countsOf, labelScores } from '../../metrics/labels/label-confusion.js';
import { isMultilabel } from '../../study/task.js';
import { SPLITS, splitWords } from '../../images/indexing/image-index.js';
import { classScores } from '../../metrics/scores.js';
import { formatMetric, formatScalar } from '../../system/format.js';
import { intervalText } from '../winner.js';
import type { TrainerConfiguration } from './trainer-configuration.js';
import type { ExportFormat } from './export-formats.js';
import type { CardSplit } from './card-splits.js';
import { weaknesses } from './known-weaknesses.js';
import { usageSnippets } from './usage-snippets.js';
import { visibleText } from '../../system/visible-text.js';

export interface CardResult {
  readonly split: CardSplit;
  /** Where the figures are means over folds. */
  readonly folds?: number;
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
  const isOfLabels = results.some(({ labels }) => labels !== undefined);
  const sections = [
    `# ${plain(configuration.name)}`,
    `An image classifier ${kindText(classes, isOfLabels)}: ${plain(configuration.backbone.name)}, fine-tuned with hpo.`,
    '## Use',
    [
      `Input: RGB images of ${inputSize} × ${inputSize} pixels, values 0 … 255; the model preprocesses them itself. Output: a probability for each ${isOfLabels ? 'label' : 'class'},`,
      'in the order above. `input.json` has the same for programs.',
    ].join('\n'),
    ...(isOfLabels ? [THRESHOLDS] : []),
    usageSnippets({
      inputSize,
      resize: 'resize' in configuration.data ? configuration.data.resize : 'crop',
      formats,
      isOfLabels,
    }),
    '## Data',
    dataText(configuration, images),
    ...results.flatMap((result) => resultSections(result, classes)),
    '## How it was found',
    origin.map(plain).join('\n'),
    '## Training',
    table(
      ['field', 'value'],
      Object.entries(configuration.training)
        .filter(([name, value]) => value !== TRAINING_DEFAULTS[name as TrainingField])
        .map(([name, value]) => [name, formatScalar(value)]),
    ),
    facts.isEnsemble === true
      ? 'Everything else has its default. This is the configuration of the best of the models; `ensemble.json` has those of all, with their shares.'
      : `Everything else has its default. \`config.json\` is the complete configuration: \`hpo train config.json\` makes this model again${facts.temperature === undefined ? '' : ', without its temperature'}.`,
    '## Known weaknesses',
    weaknesses(results, classes, images)
      .map((line) => `- ${plain(line)}`)
      .join('\n'),
    '## Limits',
    limits(facts, isOfLabels),
    '## Licence of the weights',
    plain(licence),
    '## Versions',
    table(['part', 'version'], Object.entries(versions)),
  ];
  return `${sections.join('\n\n')}\n`;
}

const THRESHOLDS = [
  'The labels are independent: an image may have several of them, or none, and the probabilities do not add up to 1. A label is given from its',
  'threshold on (`thresholds` in `input.json`). Each threshold is the one with the best F1 on the validation images.',
].join('\n');

function kindText(classes: readonly string[], isOfLabels: boolean): string {
  const names = plain(classes.join(', '));
  return isOfLabels
    ? `that gives each of ${classes.length} labels or not (${names})`
    : `of ${classes.length} classes (${names})`;
}

function dataText({ data }: TrainerConfiguration, images: ImagesRecord | undefined): string {
  const from = 'drawn' in data ? `Drawn by hpo: ${data.drawn.family}.` : `From ${plain(placeOf(data))}.`;
  if (images === undefined) return from;
  const { classes, counts } = images;
  const rows = classes.map((name, i) => [name, counts.train[i], counts.validation[i], counts.test[i]].map(String));
  const all = SPLITS.map((split) => String(imagesIn(images, split)));
  const numbers = isMultilabel(images)
    ? table(['label', ...SPLIT_WORDS], [...rows, ['all images', ...all]])
    : table(['class', ...SPLIT_WORDS], rows);
  return [from, '', numbers, ...targetText(images)].join('\n');
}

function targetText({ target }: ImagesRecord): string[] {
  if (target === undefined) return [];
  const { unlabelled, validation, test } = target;
  const labelled = `${validation} labelled ones to choose by, ${test} for the test`;
  return ['', `Images of another domain, the target: ${unlabelled} whose labels were not read, ${labelled}.`];
}

const SPLIT_WORDS = ['training', 'validation', 'test'];

function placeOf(data: Exclude<TrainerConfiguration['data'], { drawn: unknown }>): string {
  if ('table' in data) return data.table;
  return 'folder' in data ? data.folder : data.train;
}

function resultSections(result: CardResult, classes: readonly string[]): string[] {
  const { split, metrics, confusion, interval, folds } = result;
  const overall = Object.entries(metrics).filter(([name]) => !name.includes('/'));
  const range = intervalText(interval);
  const basis =
    folds === undefined
      ? 'bootstrap over the images'
      : `over ${folds} folds, widened because their models share training images`;
  const spread = range === undefined ? [] : [plain(`${interval?.metric}: ${range} (${basis}).`)];
  const sections = [
    folds === undefined ? `## On the ${splitWords(split)} images` : `## In ${folds} folds`,
    ...(folds === undefined
      ? []
      : ['Means over the folds, each of a model that did not see the images that it was evaluated on.']),
    table(
      ['metric', 'value'],
      overall.map(([name, value]) => [name, formatMetric(value)]),
    ),
    ...spread,
  ];
  if (result.labels !== undefined) return [...sections, ...labelSections(result, classes)];
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

function labelSections(
  { split, labels = [], thresholds, mistakes = [] }: CardResult,
  names: readonly string[],
): string[] {
  const rows = labelScores(labels).map(({ precision, recall, f1, support }, i) => {
    const { hits, misses, alarms } = countsOf(must(labels[i], 'a table'));
    const threshold = thresholds?.[i];
    return [
      must(names[i], 'the name of the label'),
      ...[precision, recall, f1].map(formatMetric),
      ...[support, hits, misses, alarms].map(String),
      threshold === undefined ? '' : formatMetric(threshold),
    ];
  });
  const how =
    split === 'validation'
      ? 'Labels are given to each image by thresholds that were chosen on other validation images. The model has those that were chosen on all of them:'
      : "Labels are given by the model's thresholds, which were chosen on the validation images:";
  return [
    how,
    table(['label', 'precision', 'recall', 'F1', 'images', 'found', 'missed', 'false alarms', 'threshold'], rows),
    ...mistakesSection(mistakes),
  ];
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

/** How a final model came about. */
export function finalModelSentence(epochs: number): string {
  return `The model is trained on all images outside of the test for ${epochs} epochs, the mean of what the folds found best. So no image was left to evaluate it on but those of the test.`;
}

function classLimits(temperature: number | undefined): string {
  return temperature === undefined
    ? '- The model gives one of its classes for any image, and its probabilities are not calibrated.'
    : `- The model gives one of its classes for any image. Its probabilities are calibrated on the validation images (temperature ${formatScalar(temperature)}).`;
}

function limits({ results, configuration, temperature }: ModelCardFacts, isOfLabels: boolean): string {
  const tested = results.some(({ split }) => split === 'test' || split === 'targetTest');
  const judged = splitWords(splitOfMetric(configuration.objective.metric));
  const chosen = `- The configuration was chosen by the ${judged} images`;
  return [
    tested
      ? `${chosen}; the test images were used once, afterwards.`
      : `${chosen}, so their metrics are optimistic. \`hpo train\` evaluates on the test images, if there are any.`,
    isOfLabels
      ? '- The model knows its labels alone, and its probabilities are not calibrated.'
      : classLimits(temperature),
    '- It was evaluated on images like those above. Images from other cameras, places or times may give other results.',
  ].join('\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => plain(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** On one line, and no markup, link or picture: names of classes and files are those of somebody's data. */
function plain(text: string): string {
  return visibleText(text.replace(/\s+/g, ' ')).replaceAll('<', '&lt;').replaceAll('[', '\\[');
}
