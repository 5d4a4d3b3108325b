// A plan as a person reads it.
import { counted, formatBytes, formatCount, formatDuration } from '../../system/format.js';
import { imagesIn } from '../../study/events.js';
import { isMultilabel } from '../../study/task.js';
import { formatTable } from '../table.js';
import type { Style } from '../style.js';
import { templateText } from '../../study/command/command-line.js';
import { shortPath } from '../../system/short-path.js';
import type { StudyPlan, StudyTime, TrainingPlan } from '../../app/plan/study-plan.js';

const SPLITS = ['train', 'validation', 'test'] as const;

export function planLines(plan: StudyPlan, style: Style): string[] {
  const { training } = plan;
  return [
    `${style.bold(plan.name)} (${shortPath(plan.file)})`,
    '',
    style.bold('Search'),
    `  ${counted(plan.trials, 'trial')}: ${plan.search}`,
    `  pruner: ${plan.pruner}`,
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
    ...(plan.warnings.length === 0 ? [] : ['', style.bold('Warnings'), ...plan.warnings.map((line) => `  ${line}`)]),
  ];
}

/** "12m to 40m, roughly, by a short measurement of the engine". */
function timeText({ low, high, basis }: StudyTime): string {
  if (low === null || high === null) return basis;
  return high === 0 ? basis : `${formatDuration(low)} to ${formatDuration(high)} ${basis}`;
}

function trainingLines(
  { images, imageFacts, backbone, epochs, stepsPerEpoch, work, memory }: TrainingPlan,
  style: Style,
): string[] {
  const [fewest, most] = stepsPerEpoch;
  const rows = images.classes.map((name, i) => [name, ...SPLITS.map((split) => String(images.counts[split][i]))]);
  // Of several labels the counts do not add up.
  const totals = isMultilabel(images)
    ? [['all images', ...SPLITS.map((split) => String(imagesIn(images, split)))]]
    : [];
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
    ...formatTable([isMultilabel(images) ? 'label' : 'class', ...SPLITS], [...rows, ...totals]).map(
      (line) => `  ${line}`,
    ),
    '',
    `${style.bold('Backbone')} ${backbone.name}, ${backbone.inputSize} px, weights: ${backbone.weightsFile === null ? 'its own' : shortPath(backbone.weightsFile)}`,
    ...formatTable(['depth', 'block', 'parameters', 'multiply-adds'], blocks.reverse()).map((line) => `  ${line}`),
    '',
    style.bold('Work, at most'),
    `  ${counted(epochs, 'epoch')} of ${fewest === most ? fewest : `${fewest} to ${most}`} steps a trial`,
    `  ${formatCount(work.imagesWithReuse)} images through the frozen part of the network (${formatCount(work.imagesWithoutReuse)} without reuse)`,
    ...(mayTrainAll
      ? ['  and, for trials that unfreeze everything, every image of every epoch: nothing can be cached']
      : []),
    `  ${formatCount(work.multiplyAccumulates)} multiply-adds`,
  ];
}

function machineLines({ memory, disk, work, featureBudget: budget }: TrainingPlan): string[] {
  const { perWorker, features } = memory;
  const sizes = features.map(({ depth, bytes }) => `${formatBytes(bytes)} at depth ${depth}`);
  return [
    `  memory for features: up to ${formatBytes(perWorker)} a worker; a trial needs ${sizes.join(', ')}`,
    `  disk for features: up to ${formatBytes(Math.min(work.featureBytes, budget))} of a budget of ${formatBytes(budget)}`,
    `  disk for checkpoints: up to ${formatBytes(disk)}`,
  ];
}

function indented(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `    ${name.padEnd(width)}  ${text}`);
}
