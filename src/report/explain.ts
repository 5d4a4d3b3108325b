// Which parameters matter and how, from the model that the Bayesian sampler would fit to the study.
import { importance } from '../search/importance.js';
import { partialDependence } from '../search/partial-dependence.js';
import { modelStudy } from '../search/study-model.js';
import { SearchSpace } from '../study/space.js';
import type { ReportInput } from './report-input.js';

/** With fewer trials a model shows its own prejudices. */
const FEWEST_TRIALS = 10;

/** The input with importance and partial dependence where it lacks them and the study has enough trials. */
export function explained(input: ReportInput): ReportInput {
  if (input.importance !== undefined && input.partialDependence !== undefined) return input;
  const space = new SearchSpace(input.definition.space);
  const model = modelStudy(space, input.history);
  if (model === undefined || model.trials < FEWEST_TRIALS) return input;
  const shares = importance(model);
  return {
    ...input,
    // All zero: nothing has an effect that stands out from the noise.
    ...(shares.some(({ share }) => share > 0) ? { importance: input.importance ?? shares } : {}),
    partialDependence:
      input.partialDependence ??
      space.names.map((name) => ({
        name,
        points: partialDependence(model, name).map(({ parameter, expected, low, high }) => {
          return { value: parameter, mean: expected, low, high };
        }),
      })),
  };
}
