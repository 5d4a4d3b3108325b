// Which parameters matter and how, from the model that the Bayesian sampler would fit to the study.
import { quantile } from '../math/quantile.js';
import { importance } from '../search/importance.js';
import { partialDependence } from '../search/partial-dependence.js';
import { modelStudy } from '../search/study-model.js';
import { SearchSpace } from '../study/space.js';
import { valued } from './plots/plot.js';
import type { PartialDependence, ReportInput } from './report-input.js';
import { searchTrials } from './search-trials.js';

/** With fewer trials a model shows its own prejudices. */
const FEWEST_TRIALS = 10;

/** The input with importance and partial dependence where it lacks them and the study has enough trials. */
export function explained(input: ReportInput): ReportInput {
  if (input.importance !== undefined && input.partialDependence !== undefined) return input;
  const space = new SearchSpace(input.definition.space);
  const model = modelStudy(space, input.history, input.expect);
  if (model === undefined || model.trials < FEWEST_TRIALS) return input;
  const dependence = space.names.map((name) => ({
    name,
    points: partialDependence(model, name).map(({ parameter, expected, low, high }) => {
      return { value: parameter, mean: expected, low, high };
    }),
  }));
  // Shares of nothing would look like a finding.
  if (!hasEffect(dependence, input)) return { ...input, withoutEffect: model.trials };
  return {
    ...input,
    importance: input.importance ?? importance(model),
    partialDependence: input.partialDependence ?? dependence,
  };
}

/** Of the spread of trials' values, what the strongest effect must at least come to. */
const LEAST_EFFECT = 0.1;

function hasEffect(dependence: readonly PartialDependence[], { history }: ReportInput): boolean {
  const values = valued(searchTrials(history)).map(({ best }) => best.value);
  const spread = quantile(values, 0.75) - quantile(values, 0.25);
  const effects = dependence.map(({ points }) => {
    const means = points.map(({ mean }) => mean);
    return Math.max(...means) - Math.min(...means);
  });
  return Math.max(...effects) > LEAST_EFFECT * spread;
}
