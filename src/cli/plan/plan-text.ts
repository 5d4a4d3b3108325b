// A plan as a person reads it.
import { counted, formatBytes, formatCount, formatDuration } from '../../system/format.js';
import { imagesIn } from '../../study/events.js';
import { epochSecondsText } from '../../study/epoch-seconds.js';
import { isMultilabel } from '../../study/task.js';
import { formatTable } from '../table.js';
import type { Style } from '../style.js';
import { templateText } from '../../study/command/command-line.js';
import { shortPath } from '../../system/short-path.js';
import type { FoldsPlan, StudyPlan, StudyTime, TrainingPlan } from '../../app/plan/study-plan.js';

const SPLITS = ['train', 'validation', 'test'] as const;

export function planLines(plan: StudyPlan, style: Style): string[] {
  const { training } = plan;
  return [
    `${style.bold(plan.name)} (${shortPath(plan.file)})`,
    '',
    style.bold('Search'),
    `  ${counted(plan.trials, 'trial')}: ${plan.search}`,
    `  pruner: ${plan.pruner}`,
    ...(plan.folds === undefined ? [] : [`  folds: ${plan.folds}`]),
    `  objective: ${plan.objective.direction} ${plan.objective.metric}`,
    `  space: ${plan.space.sets === null ? 'continuous' : counted(plan.space.sets, 'parameter set')}`,
    ...indented(plan.space.parameters.map(({ name, range }) => [name, range])),
    ...(plan.module === undefined ? [] : ['', style.bold('Trainer'), `  your own: ${plan.module}`]),
    ...(plan.command === undefined ? [] : ['', style.bold('Trainer'), `  your own: ${templateText(plan.command)}`]),
    ...(training === undefined ? [] : trainingLines(training, style)),
    '',
    style.bold('Machine'),
    `  ${counted(plan.resources.workers, 'worker')}${plan.resources.engine === null ? '' : `, engine ${plan.resources.engine}`}`,
    ...(training === undefined ? [] : machineLines(training)),
    '',
    `${style.bold('Time')} ${timeText(plan.time)}`,
    ...epochLines(plan),
    ...(plan.warnings.length === 0 ? [] : ['', style.bold('Warnings'), ...plan.warnings.map((line) => `  ${line}`)]),
  ];
}

/** "12m to 40m, roughly, by a short measurement of the engine". */
function timeText({ low, high, basis }: StudyTime): string {
  if (low === null || high === null) return basis;
  return high === 0 ? basis : `${formatDuration(low)} to ${formatDuration(high)} ${basis}`;
}

/** "  an epoch takes about 2.1s with the head alone, 14s with 4 blocks trained" */
function epochLines({ epoch }: StudyPlan): string[] {
  const text = epoch === undefined ? undefined : epochSecondsText(epoch);
  return text === undefined ? [] : [`  an epoch takes ${text}`];
}

function trainingLines(
  { images, folds, imageFacts, backbone, epochs, stepsPerEpoch, work, memory }: TrainingPlan,
  style: Style,
): string[] {
  const [fewest, most] = stepsPerEpoch;
  const mayTrainAll = memory.features.some(({ depth }) => depth === backbone.blocks.length);
  const blocks = backbone.blocks.map((block, i) => [
    String(backbone.blocks.length - i),
    block.name,
    formatCount(block.parameters),
    formatCount(block.multiplyAccumulates),
  ]);
  return [
    '',
    style.bold('Images'),
    ...imageFacts.map((line) => `  ${line}`),
    ...(folds === undefined ? splitTable(images) : foldTable(images, folds)).map((line) => `  ${line}`),
    ...targetLines(images),
    '',
    `${style.bold('Backbone')} ${backbone.name}, ${backbone.inputSize} px, weights: ${backbone.weightsFile === null ? 'its own' : shortPath(backbone.weightsFile)}`,
    ...formatTable(['depth', 'block', 'parameters', 'multiply-adds'], blocks.reverse()).map((line) => `  ${line}`),
    '',
    style.bold('Work, at most'),
    `  ${counted(epochs, 'epoch')} of ${rangeText([fewest, most])} steps ${folds === undefined ? 'a trial' : 'a fold'}`,
    ...(folds === undefined ? [] : [`  ${counted(folds.folds * folds.repeats, 'fold')} a trial, if none is dropped`]),
    `  ${formatCount(work.imagesWithReuse)} images through the frozen part of the network (${formatCount(work.imagesWithoutReuse)} without reuse)`,
    ...(mayTrainAll
      ? ['  and, for trials that unfreeze everything, every image of every epoch: nothing can be cached']
      : []),
    `  ${formatCount(work.multiplyAccumulates)} multiply-adds`,
  ];
}

function splitTable(images: TrainingPlan['images']): string[] {
  const rows = images.classes.map((name, i) => [name, ...SPLITS.map((split) => String(images.counts[split][i]))]);
  // Of several labels the counts do not add up.
  const totals = isMultilabel(images)
    ? [['all images', ...SPLITS.map((split) => String(imagesIn(images, split)))]]
    : [];
  return formatTable([isMultilabel(images) ? 'label' : 'class', ...SPLITS], [...rows, ...totals]);
}

/** More folds than these make a table that nobody reads. */
const FOLDS_SHOWN = 10;

/** Of each fold the images for validation; all others are for training. */
function foldTable({ classes, counts, folds: record }: TrainingPlan['images'], folds: FoldsPlan): string[] {
  const parts = record?.counts ?? [];
  const shown = parts.length > FOLDS_SHOWN ? [] : parts;
  const header = ['class', 'all folds', ...shown.map((_, i) => `fold ${i + 1}`), 'test'];
  const rows = classes.map((name, i) =>
    [name, counts.train[i], ...shown.map((part) => part[i]), counts.test[i]].map(String),
  );
  const sizes = `${rangeText(folds.training)} images for training and ${rangeText(folds.validation)} for validation`;
  return [`a fold has ${sizes}`, ...formatTable(header, rows)];
}

function rangeText([fewest, most]: readonly [number, number]): string {
  return fewest === most ? String(fewest) : `${fewest} to ${most}`;
}

function targetLines({ target }: TrainingPlan['images']): string[] {
  if (target === undefined) return [];
  const { unlabelled, validation, test } = target;
  return [
    '  another domain (data.target):',
    `    ${counted(unlabelled, 'image')} to adapt to; no label of theirs is read`,
    `    ${counted(validation, 'labelled image')} for the target scores of each epoch`,
    `    ${counted(test, 'labelled image')} for hpo train`,
  ];
}

function machineLines({ memory, disk, work, featureBudget: budget }: TrainingPlan): string[] {
  const { budget: held, training, features } = memory;
  const sizes = features.map(({ depth, bytes }) => `${formatBytes(bytes)} at depth ${depth}`);
  return [
    `  memory: up to ${formatBytes(held)}, of which training takes up to ${formatBytes(training)}`,
    `  features of a trial: ${sizes.join(', ')}`,
    `  disk for features: up to ${formatBytes(Math.min(work.featureBytes, budget))} of a budget of ${formatBytes(budget)}`,
    `  disk for checkpoints: up to ${formatBytes(disk)}`,
  ];
}

function indented(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `    ${name.padEnd(width)}  ${text}`);
}
