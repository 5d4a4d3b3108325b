// What the dashboard reads from a study's definition. Journals of other releases may lack any of it.
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { Objective } from '../../study/objective.js';
import { SearchSpace } from '../../study/space.js';

export interface StudyFacts {
  readonly name: string;
  readonly strategy: string | undefined;
  readonly backbone: string | undefined;
  /** As the study file asks for it, such as 'auto'. */
  readonly engine: string | undefined;
  readonly objective: Objective;
  /** How many trials there will be; undefined where the study has no total. */
  readonly total: number | undefined;
  /** Epochs of a full trial; undefined where they vary or only a trainer of one's own knows. */
  readonly epochs: number | undefined;
  /** In the study's order. */
  readonly parameters: readonly string[];
}

export function studyFacts(name: string, definition: unknown): StudyFacts {
  const known = (typeof definition === 'object' && definition !== null ? definition : {}) as Partial<StudyDefinition>;
  return {
    name,
    strategy: known.search?.strategy,
    backbone: known.backbone?.name,
    engine: known.resources?.engine,
    objective: known.objective ?? { metric: 'macroF1', direction: 'maximize' },
    total: totalOf(known),
    epochs: epochsOf(known),
    parameters: Object.keys(known.space ?? {}),
  };
}

/** A small space can be exhausted before the total is reached; a grid over floats has as many points as its levels give. */
function totalOf({ search, space }: Partial<StudyDefinition>): number | undefined {
  if (search === undefined) return undefined;
  const points = space === undefined ? Infinity : new SearchSpace(space).cardinality;
  return Math.min(search.trials, points);
}

function epochsOf({ training, space }: Partial<StudyDefinition>): number | undefined {
  const domain = space?.['epochs'];
  if (domain === undefined) return training?.epochs;
  if (domain.type !== 'choice') return domain.max;
  return Math.max(...domain.values.map(Number));
}
