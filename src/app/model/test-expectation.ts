// Whether a model's figure on the test images is what its figure on the validation images let expect.
import { type Difference, differenceOf } from '../../metrics/two-samples.js';
import { isTargetMetric, metricOfSplit } from '../../metrics/metric-names.js';
import { type Objective, isBetter } from '../../study/objective.js';
import { formatDifference, formatMetric } from '../../system/format.js';
import type { ModelEvaluation } from '../../trainer/evaluation.js';

export interface TestExpectation {
  /** Test − validation, with the interval in which it lies. */
  readonly difference: Difference;
  /** A sentence without its full stop; missing where the test figure lies within the validation's interval. */
  readonly remark?: string;
}

const CHOSEN =
  'The epoch, and in a study the trial, were chosen by the validation images, and the best of many looks better than it is';
const OTHER_IMAGES =
  'If the difference is large, the test images differ: another camera, place, time or mix of classes (data.slices shows figures by a column of a table)';
const STRADDLING =
  'Or training and validation images show the same patients, objects or scenes, and the test images show others: no groups are named (data.groupBy, data.columns.group)';

export interface EvaluatedModel {
  readonly objective: Objective;
  readonly validation: Pick<ModelEvaluation, 'interval'> | undefined;
  readonly test: Pick<ModelEvaluation, 'interval'> | undefined;
  /** Whether the study names groups of images that no split parts. */
  readonly hasGroups: boolean;
  /** What the study that chose the trial lets expect, where that is known. */
  readonly expected: ModelEvaluation['interval'];
}

/** Undefined where either figure has no interval. */
export function expectationOf(model: EvaluatedModel): TestExpectation | undefined {
  const { objective, validation, test, hasGroups, expected } = model;
  const [from, to] = [expected ?? validation?.interval, test?.interval];
  if (from === undefined || to === undefined) return undefined;
  const difference = differenceOf(from, to);
  if (to.value >= from.low && to.value <= from.high) return { difference };
  const domain = isTargetMetric(objective.metric) ? 'target ' : '';
  const of = expected === undefined ? `the interval of the ${domain}validation images` : 'what its study lets expect';
  const outside = `${metricOfSplit(objective.metric)} ${formatMetric(to.value)} on the ${domain}test images lies outside of ${of} (${formatMetric(from.low)} … ${formatMetric(from.high)})`;
  return {
    difference,
    remark: `${outside}${reason(difference, isBetter(objective, to.value, from.value), hasGroups, expected !== undefined)}`,
  };
}

function reason(difference: Difference, isBetterOnTest: boolean, hasGroups: boolean, countsChoice: boolean): string {
  if (difference.sign === 'chance') return ', but both samples together can differ so much by chance';
  const range = [difference.low, difference.high].map(formatDifference).join(' … ');
  const beyond = `by more than chance: the interval of the difference is ${range}`;
  if (!isBetterOnTest) {
    return `, ${beyond}. ${[...(countsChoice ? [] : [CHOSEN]), OTHER_IMAGES, ...(hasGroups ? [] : [STRADDLING])].join('. ')}`;
  }
  return `, ${beyond}. It is better than on the validation images. Perhaps the test images are easier, or some resemble training images`;
}
