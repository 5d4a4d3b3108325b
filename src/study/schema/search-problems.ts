// What of a study's search does not fit the rest of the file.
import { messageOf } from '../errors.js';
import type { Domains } from '../parameters.js';
import { SearchSpace } from '../space.js';
import { type Problem, show } from './problems.js';
import type { StudyFile } from './study-schema.js';

export function searchProblems(file: StudyFile): Problem[] {
  return [...enqueueProblems(file), ...warmStartProblems(file)];
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
