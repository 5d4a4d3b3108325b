// The sampler and the pruner of a study, with what the loop is told of its search.
import { keptTrials } from '../../controller/choice.js';
import type { ConfirmOptions } from '../../controller/confirmation.js';
import type { Expect } from '../../search/prior-trend.js';
import { type SamplerOptions, createSampler } from '../../search/create-sampler.js';
import type { Pruner } from '../../search/pruner.js';
import { createPruner } from '../../search/pruners/create-pruner.js';
import type { Sampler } from '../../search/sampler.js';
import type { StudyRecord } from '../../study/events.js';
import { fullDepthFrom, phasesOf } from '../../study/phases.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { TRAINING_DEFAULTS } from '../../study/schema/training-schema.js';
import { type ValidationConfiguration, foldsIn } from '../../study/schema/validation-schema.js';
import { must } from '../../system/must.js';
import { SearchSpace } from '../../study/space.js';
import type { Trial } from '../../study/trial.js';
import type { CheckedBackbone } from './check-backbone.js';
import { priorOf } from '../../search/prior/versions.js';
import { expectationsOf } from './expectations.js';
import { largestValue } from './field-values.js';

/** Epochs of a trainer that nothing is known of; only rungs beyond it would be missed. */
const UNKNOWN_EPOCHS = 10_000;

export interface Search {
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  /** Where trials are trained in folds. */
  readonly validation?: ValidationConfiguration;
  /** The pruner within a fold. */
  readonly prunerOfFold?: (fold: number) => Pruner;
  readonly seed: number;
  readonly trials: number;
  readonly enqueue: StudyDefinition['search']['enqueue'];
  readonly confirm?: ConfirmOptions;
  readonly keep?: number;
}

/**
 * @param total trials of the search; repeats and the baseline come on top.
 * @param labels the class of each validation image, for each fold; one list where there are none.
 * @param backbones of the built-in trainer; the learned prior wants to know.
 */
export function createSearch(
  record: StudyRecord,
  total: number,
  labels?: readonly (readonly number[])[],
  backbones: readonly CheckedBackbone[] = [],
): Search {
  const { definition } = record;
  const { search, objective, pruner, validation } = definition;
  const { seed, trials, enqueue, confirm } = search;
  const keep = keptTrials(search);
  const space = new SearchSpace(definition.space);
  const expect = expectOf(record, backbones);
  const known = expect && { expect, ...(priorOf(record.prior).isCooling === true ? { costsUntil: total } : {}) };
  const hasHeadPhase = largestValue(definition, 'unfreezeDepth') > 0;
  const prunerOf = (fold: number): Pruner => {
    const own = labels?.[fold];
    return createPruner(pruner, objective, {
      epochs: largestValue(definition, 'epochs') || UNKNOWN_EPOCHS,
      headEpochs: hasHeadPhase ? largestValue(definition, 'headEpochs') : 0,
      ...(definition.trainer === undefined ? { fullDepthFrom: fullDepthOf(definition) } : {}),
      ...{ seed, trials: total, space },
      ...(expect && { expect }),
      ...(own === undefined ? {} : { labels: own }),
    });
  };
  const pruners = Array.from({ length: foldsIn(validation) }, (_, fold) => prunerOf(fold));
  const first = must(pruners[0], 'a pruner');
  return {
    sampler: createSampler({ ...samplerOptions(record), ...known }, space, objective, seed),
    pruner: first,
    ...(validation === undefined ? {} : { validation, prunerOfFold: (fold) => pruners[fold] ?? first }),
    ...{ seed, trials, enqueue },
    ...(confirm === undefined ? {} : { confirm }),
    ...(keep === undefined ? {} : { keep }),
  };
}

/** What the study knows beforehand of its configurations; undefined where it began without the prior. */
export function expectOf(
  { definition, prior }: Pick<StudyRecord, 'definition' | 'prior'>,
  backbones: readonly CheckedBackbone[],
): Expect | undefined {
  return knowsPrior(definition) ? expectationsOf(definition, backbones, priorOf(prior)) : undefined;
}

/** The recorded fine-tunings say nothing of another trainer. */
export function knowsPrior({ search, trainer }: StudyDefinition): boolean {
  return search.prior === 'fineTuning' && trainer === undefined;
}

/** Where a trial of the built-in trainer has unfrozen all its blocks. */
function fullDepthOf({ training }: StudyDefinition): (trial: Trial) => number {
  return ({ parameters }) => fullDepthFrom(phasesOf({ ...TRAINING_DEFAULTS, ...training, ...parameters }));
}

function samplerOptions({ definition, warmStart }: StudyRecord): SamplerOptions {
  const { warmStart: _, ...search } = definition.search;
  return { ...search, ...(warmStart === undefined ? {} : { warmStart }) } as SamplerOptions;
}
