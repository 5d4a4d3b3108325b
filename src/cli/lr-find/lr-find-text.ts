// A range test for people: what it used, the curves, and what they suggest.
import { type RateCurve, boundsOf } from '../../trainer/range-test/rate-curve.js';
import { counted, formatScalar } from '../../system/format.js';
import { formatParameters } from '../table.js';
import type { Style } from '../style.js';
import { curveLines } from './curve-text.js';
import type { RangeTestResult } from '../../app/find-learning-rates.js';

const WIDEST = 100;

export function lrFindLines(result: RangeTestResult, style: Style, columns: number): string[] {
  const { study, backbone, configuration, searched, steps, repeats, from, to, tested } = result;
  const width = Math.min(columns, WIDEST);
  const { batchSize, optimizer, augmentation } = configuration;
  return [
    `${style.bold(study)}: learning rates from ${formatScalar(from)} to ${formatScalar(to)}, ${counted(repeats, 'run')} of ${counted(steps, 'step')}`,
    `  ${backbone}, ${optimizer}, batches of ${batchSize}, augmentation ${augmentation}, class weights ${configuration.classWeights}`,
    ...(Object.keys(searched).length === 0
      ? []
      : [`  of the space: ${formatParameters(searched)} (--set changes them)`]),
    ...tested.flatMap(({ depth, curve }) => [
      '',
      style.bold(titleOf(depth, configuration.headEpochs)),
      ...curveLines(curve, boundsOf(curve), [from, to], width),
      `  ${finding(curve)}`,
      ...expectedLine(result, depth),
    ]),
    '',
    ...suggestionLines(result, style),
  ];
}

export function titleOf(depth: number, headEpochs: number): string {
  if (depth === 0) return 'the head alone (unfreezeDepth 0)';
  const before = headEpochs === 0 ? '' : `, after ${counted(headEpochs, 'epoch')} of the head alone`;
  return `head and top ${counted(depth, 'block')} (unfreezeDepth ${depth})${before}`;
}

/** "  recorded fine-tunings did best near 0.0003" */
function expectedLine({ expected }: RangeTestResult, depth: number): string[] {
  const found = expected.find((one) => one.depth === depth);
  return found === undefined ? [] : [`  recorded fine-tunings did best near ${rough(found.learningRate)}`];
}

function finding({ steepest, lowest, harmful, divergence }: RateCurve): string {
  return [
    ...(steepest === undefined
      ? ['falls at no rate']
      : [`steepest at ${rough(steepest)}`, `lowest at ${rough(lowest)}`]),
    ...(harmful === undefined ? [] : [`worse than at the start from ${rough(harmful)}`]),
    divergence === undefined ? 'diverges at no rate' : `diverges at ${rough(divergence)}`,
  ].join(', ');
}

function rough(rate: number): string {
  return formatScalar(Number(rate.toPrecision(2)));
}

const WHAT_TO_TRY = 'Try more --steps, a larger batchSize (--set), or another backbone';

function suggestionLines({ suggestions, tested, to }: RangeTestResult, style: Style): string[] {
  const without = tested.filter(({ curve }) => boundsOf(curve) === undefined);
  if (without.length === tested.length) return [`no suggestion: the loss falls at no rate. ${WHAT_TO_TRY}`];
  return [
    ...without.map(({ depth, curve: { divergence } }) => {
      const of = `nothing is suggested for unfreezeDepth ${depth}: the loss falls at no rate up to ${rough(divergence ?? to)}`;
      return `${of}. ${WHAT_TO_TRY}`;
    }),
    style.bold('Suggested for the space'),
    ...suggestions.flatMap(({ field, bounds: { min, max }, now }) => [
      `  "${field}": { "type": "float", "min": ${min}, "max": ${max}, "scale": "log" }`,
      style.dim(`    now ${now.map(formatScalar).join(' … ')}`),
    ]),
  ];
}
