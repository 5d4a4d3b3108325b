// Which kept trials make up an ensemble, and what it is worth beside the best trial alone.
import { expectedValueOf } from '../../controller/expected-value.js';
import { RandomStream } from '../../math/random.js';
import type { Interval } from '../../metrics/bootstrap.js';
import { countMetric } from '../../metrics/count-metrics.js';
import { compareWithEnsemble, selectEnsemble } from '../../metrics/ensemble-selection.js';
import { HpoError } from '../../study/errors.js';
import { isMultilabel } from '../../study/task.js';
import { validationLabels } from '../../study/validation-labels.js';
import type { StudyView } from '../files/read-study.js';
import { type KeptModel, keptModels } from './kept-models.js';

/** Kept trials from which an ensemble is chosen, at most. */
const MOST_CANDIDATES = 20;

export interface ChosenMember extends KeptModel {
  readonly share: number;
}

export interface ChosenEnsemble {
  readonly members: readonly ChosenMember[];
  /** Expected on other images, each chosen again in every resample: the best trial alone, and the ensemble. */
  readonly expected: { readonly single: Interval; readonly ensemble: Interval };
}

/** @param size different trials at most. @throws HpoError ERR_USAGE where there are too few kept trials, or the objective needs probabilities. */
export async function chooseEnsemble(view: StudyView, size: number): Promise<ChosenEnsemble> {
  const { definition, history, record } = view;
  const { metric, positiveClass } = definition.objective;
  const classes = record.images?.classes ?? [];
  if (record.images !== undefined && isMultilabel(record.images)) {
    throw new HpoError('ERR_USAGE', 'expected a study of one class for each image at --ensemble, got several labels');
  }
  const measure = countMetric(metric, classes, positiveClass);
  if (measure === undefined || record.images === undefined) {
    throw new HpoError(
      'ERR_USAGE',
      `expected an objective that follows from predicted classes at --ensemble, such as macroF1, got ${metric}`,
    );
  }
  const kept = (await keptModels(view)).slice(0, MOST_CANDIDATES);
  const question = {
    ...{ classes, metric, measure, positiveClass, size },
    labels: validationLabels(record.images),
    candidates: kept.map(({ probabilities }) => probabilities),
  };
  const choices = selectEnsemble(question);
  const total = choices.reduce((sum, count) => sum + count, 0);
  const members = kept.flatMap((model, i) => {
    const count = choices[i] ?? 0;
    return count === 0 ? [] : [{ ...model, share: count / total }];
  });
  const compared = compareWithEnsemble(question, RandomStream.of(definition.search.seed, 'ensemble'));
  // Kept trials are the best of all, which lowers both figures by the same.
  const known = expectedValueOf(history, record);
  const shift = typeof known === 'object' ? known.value - compared.single.value : 0;
  const shifted = ({ value, low, high, level }: Interval): Interval => {
    const [v, l, h] = [value, low, high].map((one) => Math.min(1, Math.max(0, one + shift)));
    return { value: v ?? value, low: l ?? low, high: h ?? high, level };
  };
  return { members, expected: { single: shifted(compared.single), ensemble: shifted(compared.ensemble) } };
}
