// How many trials a study comes to: its total, or all that its space has.
import { parametersKey } from './history.js';
import type { Parameters } from './parameters.js';
import type { StudyDefinition } from './schema/parse-study.js';
import { SearchSpace } from './space.js';

export function plannedTrials(definition: Pick<StudyDefinition, 'space' | 'search'>): number {
  const { trials } = definition.search;
  return Math.min(trials, searchableSets(definition, trials));
}

/** Parameter sets that the strategy can propose, counted up to `limit`; enqueued ones off the grid count as well. */
export function searchableSets({ space, search }: Pick<StudyDefinition, 'space' | 'search'>, limit: number): number {
  const searched = new SearchSpace(space);
  if (search.strategy !== 'grid') return searched.cardinality;
  const keys = new Set<string>();
  for (const parameters of pointsAndQueue(searched.grid(search.levels), search.enqueue)) {
    if (keys.size >= limit) return limit;
    keys.add(parametersKey(parameters));
  }
  return keys.size;
}

function* pointsAndQueue(points: Iterable<Parameters>, queue: readonly Parameters[]): Generator<Parameters> {
  yield* queue;
  yield* points;
}
