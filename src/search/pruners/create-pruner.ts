// From a study's pruner options to a pruner: the one place that names the kinds.
import { HpoError } from '../../study/errors.js';
import type { Objective } from '../../study/objective.js';
import { PRUNER_DEFAULTS, type PrunerOptions } from '../../study/pruner-options.js';
import type { Pruner } from '../pruner.js';
import { nonePruner } from './none.js';
import { percentilePruner } from './percentile.js';

/** What a pruner may know of the study besides its history. */
export interface PrunerContext {
  /** Epochs of a full trial. */
  readonly epochs: number;
  readonly seed: number;
  /** The class of each validation image in index order; significance tests need it. */
  readonly labels?: readonly number[];
}

export function createPruner(options: PrunerOptions, objective: Objective, _context: PrunerContext): Pruner {
  switch (options.type) {
    case 'none':
      return nonePruner;
    case 'median':
      return percentilePruner(objective, {
        percentile: 50,
        startupTrials: options.startupTrials ?? PRUNER_DEFAULTS.startupTrials,
        minEpochs: options.minEpochs ?? PRUNER_DEFAULTS.minEpochs,
      });
    default:
      throw new HpoError('ERR_USAGE', `expected pruner 'none' or 'median', got '${options.type}' in pruner.type`);
  }
}
