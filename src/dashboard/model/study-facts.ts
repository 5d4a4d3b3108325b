// What the dashboard reads from a study's definition.
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import type { Domain } from '../../study/parameters.js';
import type { Objective } from '../../study/objective.js';
import { plannedTrials } from '../../study/planned-trials.js';
import { wantsBaseline } from '../../study/wants-baseline.js';
import type { StudyRecord } from '../../study/events.js';
import { type Promotions, promotionsOf } from './promotions.js';
import { formatScalar } from '../../system/format.js';
import { widthOf } from '../../system/text-width.js';

export interface StudyFacts {
  readonly name: string;
  readonly strategy: string | undefined;
  readonly backbone: string | undefined;
  /** As the study file asks for it, such as 'auto'. */
  readonly engine: string | undefined;
  readonly objective: Objective;
  /** How many trials the search will have; undefined where the study has no total. */
  readonly total: number | undefined;
  /** How many of the best configurations are repeated at the end, and how often each. */
  readonly confirm: { readonly top: number; readonly repeats: number } | undefined;
  /** Whether the best configuration is trained from random weights at the end. */
  readonly hasBaseline: boolean;
  /** Epochs of a full trial; undefined where they vary or only a trainer of one's own knows. */
  readonly epochs: number | undefined;
  /** Epochs at a trial's begin in which the head alone is trained. */
  readonly headEpochs: number;
  /** Where the pruner pauses trials, where it does. */
  readonly promotions: Promotions | undefined;
  /** Whether the pruner may end a trial on its way. */
  readonly mayStop: boolean;
  /** In the study's order, with the cells that their values take at most. */
  readonly parameters: readonly { readonly name: string; readonly width: number }[];
  /** By class index. */
  readonly classNames: readonly string[] | undefined;
}

/** Of a study whose journal is still empty. */
export const NO_FACTS: StudyFacts = {
  name: 'study',
  strategy: undefined,
  backbone: undefined,
  engine: undefined,
  objective: { metric: 'macroF1', direction: 'maximize' },
  total: undefined,
  epochs: undefined,
  headEpochs: 0,
  mayStop: false,
  promotions: undefined,
  parameters: [],
  confirm: undefined,
  hasBaseline: false,
  classNames: undefined,
};

export function studyFacts({ name, definition, images }: StudyRecord): StudyFacts {
  const { search, backbone, resources, objective, space, pruner, training } = definition;
  const total = plannedTrials(definition);
  const epochs = epochsOf(definition);
  const headEpochs = training.headEpochs ?? 0;
  return {
    name,
    strategy: search.strategy,
    backbone: backbone?.name,
    engine: resources.engine,
    objective,
    total,
    epochs,
    headEpochs,
    mayStop: pruner.type !== 'none',
    promotions: epochs === undefined ? undefined : promotionsOf(pruner, total, epochs, headEpochs),
    parameters: Object.entries(space).map(([name, domain]) => ({ name, width: widthOfValues(domain) })),
    confirm: search.confirm,
    hasBaseline: wantsBaseline(definition),
    classNames: images?.classes,
  };
}

/** Four significant digits, with an exponent where they are small: '0.001234', '1.234e-4'. */
const FLOAT_WIDTH = 8;

function widthOfValues(domain: Domain): number {
  if (domain.type === 'choice') return Math.max(1, ...domain.values.map((value) => widthOf(formatScalar(value))));
  if (domain.type === 'int') return Math.max(formatScalar(domain.min).length, formatScalar(domain.max).length);
  return FLOAT_WIDTH + (domain.min < 0 ? 1 : 0);
}

function epochsOf({ training, space }: StudyDefinition): number | undefined {
  const domain = space['epochs'];
  if (domain === undefined) return training.epochs;
  if (domain.type !== 'choice') return domain.max;
  return Math.max(...domain.values.map(Number));
}
