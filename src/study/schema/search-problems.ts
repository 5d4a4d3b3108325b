// What of a study's search does not fit the rest of the file.
import { messageOf } from '../errors.js';
import type { Domains } from '../parameters.js';
import { SearchSpace } from '../space.js';
import { type Problem, show } from './problems.js';
import type { StudyFile } from './study-schema.js';

/** Metrics whose statistical error follows from a confusion matrix. */
const WITH_NOISE = /^(accuracy|balancedAccuracy|(macro|weighted)(Precision|Recall|F1))$/;

/** Metrics that follow from the predicted classes (metrics/count-metrics.ts). */
const WITH_COUNTS =
  /^(accuracy|balancedAccuracy|(macro|weighted|positive)(Precision|Recall|F1)|(precision|recall|f1)\/.+)$/;

export function searchProblems(file: StudyFile): Problem[] {
  return [
    ...enqueueProblems(file),
    ...warmStartProblems(file),
    ...stopProblems(file),
    ...priorProblems(file),
    ...choiceProblems(file),
    ...foldProblems(file),
  ];
}

function enqueueProblems({ search, space: domains }: StudyFile): Problem[] {
  const space = search.enqueue.length === 0 ? undefined : spaceOf(domains as Domains);
  return search.enqueue.flatMap((parameters, i) => {
    try {
      space?.validate(parameters);
      return [];
    } catch (error) {
      return [
        { path: `search.enqueue[${i}]`, expected: 'parameters of the space', found: `others (${messageOf(error)})` },
      ];
    }
  });
}

/** Undefined where the space does not hold together, which is a problem of its own. */
function spaceOf(domains: Domains): SearchSpace | undefined {
  try {
    return new SearchSpace(domains);
  } catch {
    return undefined;
  }
}

/** A strategy without a model would do as if the other study were not there. */
function warmStartProblems({ search: { strategy, warmStart } }: StudyFile): Problem[] {
  if (warmStart === undefined || strategy === 'bayesian' || strategy === 'tpe') return [];
  const expected = "no value, because only 'bayesian' and 'tpe' can start from other trials";
  return [{ path: 'search.warmStart', expected, found: show(warmStart) }];
}

/** A strategy without a model expects nothing, and of a trainer of one's own the noise is not known. */
function stopProblems({ search: { strategy, stop }, trainer, objective }: StudyFile): Problem[] {
  if (stop === undefined) return [];
  const path = 'search.stop';
  if (strategy !== 'bayesian') {
    return [{ path, expected: "no value, because only 'bayesian' predicts improvements", found: show(stop) }];
  }
  if (stop !== 'noise') return [];
  const isKnown = WITH_NOISE.test(objective.metric);
  if (trainer === undefined && isKnown) return [];
  const why =
    trainer === undefined
      ? `the noise of ${objective.metric} is not known`
      : "the noise of your trainer's values is not known";
  return [{ path, expected: `{ "improvement": a number }, because ${why}`, found: show(stop) }];
}

function priorProblems({ search: { prior }, trainer }: StudyFile): Problem[] {
  if (prior !== 'fineTuning' || trainer === undefined) return [];
  const expected = 'no value, because recorded fine-tunings say nothing of your own trainer';
  return [{ path: 'search.prior', expected, found: show(prior) }];
}

/** Of another trainer's models nothing is known but their values. */
function choiceProblems({ search: { choose, keep, confirm }, trainer, objective, validation }: StudyFile): Problem[] {
  if (choose === undefined || choose === 'best') return [];
  const path = 'search.choose';
  const found = show(choose);
  if (trainer !== undefined) {
    const expected = "'best' or no value, because the differences between your own trainer's values cannot be tested";
    return [{ path, expected, found }];
  }
  const problems: Problem[] = [];
  if (keep === 1 && confirm === undefined) {
    const expected = `2 or more, because search.choose ${found} goes with one of those that are kept`;
    problems.push({ path: 'search.keep', expected, found: show(keep) });
  }
  // Differences between folds are of any metric.
  if (validation === undefined && !WITH_COUNTS.test(objective.metric)) {
    const expected = `'best' or no value, because differences of ${objective.metric}, which does not follow from the predicted classes, cannot be tested`;
    problems.push({ path, expected, found });
  }
  return problems;
}

/** Repeats with other seeds and repeats with other folds answer one question. */
function foldProblems({ search: { confirm }, validation, data }: StudyFile): Problem[] {
  if (validation === undefined) return [];
  if (data?.target !== undefined) {
    const found = show(data.target);
    return [
      { path: 'data.target', expected: 'no value with validation.folds: folds of one domain alone are there', found },
    ];
  }
  if (confirm === undefined) return [];
  const expected = 'no value with validation.folds, which train every promising configuration several times already';
  return [{ path: 'search.confirm', expected, found: show(confirm) }];
}
