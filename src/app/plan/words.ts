// What a sampler and a pruner will do, in words.
import type { Domain } from '../../study/parameters.js';
import { PRUNER_DEFAULTS, type PrunerOptions } from '../../study/pruner-options.js';
import type { SearchConfiguration } from '../../study/schema/study-schema.js';
import { formatScalar } from '../../system/format.js';
import { counted, formatPercent } from '../../system/format.js';
import type { ValidationConfiguration } from '../../study/schema/validation-schema.js';

export function describeRange(domain: Domain): string {
  const when = Object.entries(domain.when ?? {}).map(([name, values]) => `${name} is ${values.join(' or ')}`);
  const condition = when.length === 0 ? '' : `, when ${when.join(' and ')}`;
  if (domain.type === 'choice') return `${domain.values.map(formatScalar).join(', ')}${condition}`;
  const steps = domain.step === undefined ? '' : `, in steps of ${domain.step}`;
  const log = domain.scale === 'log' ? ', log scale' : '';
  return `${domain.min} … ${domain.max}${domain.type === 'int' ? ', whole numbers' : ''}${steps}${log}${condition}`;
}

/**
 * @param sets parameter sets that the strategy can propose.
 * @param prior whether it begins with what recorded fine-tunings teach.
 */
export function describeStrategy({ strategy, levels }: SearchConfiguration, sets: number, prior = false): string {
  switch (strategy) {
    case 'grid':
      return `every combination in order, floats at ${levels} values`;
    case 'random':
      return `independent draws${Number.isFinite(sets) ? ', without repeats' : ''}`;
    case 'sobol':
      return 'quasi-random points that cover the space evenly';
    case 'bayesian':
      return prior
        ? 'a Gaussian process proposes the most promising parameters for their cost; it begins with what recorded fine-tunings teach'
        : 'a Gaussian process proposes the most promising parameters, after a quasi-random start';
    case 'tpe':
      return 'compares the densities of good and of other trials';
  }
}

/** What a trial goes through in folds. @param pauses whether the pruner pauses and promotes trials. */
export function describeFolds({ folds, repeats, confidence }: ValidationConfiguration, pauses: boolean): string {
  const all = repeats === 1 ? counted(folds, 'fold') : `${folds} folds, ${repeats} times`;
  const test =
    confidence >= 1
      ? 'every trial that ends its first fold gets all of them'
      : `a trial gets its next one unless a paired test is ${formatPercent(confidence)} sure that its mean stays below the best`;
  return `${all}: ${test}${pauses ? '; the pruner pauses trials in the first fold alone' : ''}`;
}

/** @param headEpochs epochs of the head phase; the default of minEpochs counts from its end. */
export function describePruner(options: PrunerOptions, headEpochs: number): string {
  if (options.type === 'none') return 'every trial runs to its end';
  const from = options.minEpochs ?? headEpochs + PRUNER_DEFAULTS.minEpochs;
  const after = `from epoch ${from} on`;
  const startup = ('startupTrials' in options ? options.startupTrials : undefined) ?? PRUNER_DEFAULTS.startupTrials;
  const known = `once ${counted(startup, 'trial')} ${startup === 1 ? 'is' : 'are'} complete`;
  const reduction = ('reduction' in options ? options.reduction : undefined) ?? PRUNER_DEFAULTS.reduction;
  switch (options.type) {
    case 'median':
      return `drops trials below the median, ${after}, ${known}`;
    case 'percentile':
      return `keeps trials in the best ${options.percentile} %, ${after}, ${known}`;
    case 'patience':
      return `ends trials after ${counted(options.patience, 'epoch')} without improvement, ${after}`;
    case 'threshold':
      return `drops trials that have not reached ${options.bound}, ${after}`;
    case 'successiveHalving':
      return options.form === 'promotion'
        ? `pauses trials at rungs from epoch ${from}, one in ${reduction} continues`
        : `keeps one trial in ${reduction} at each rung, the first at epoch ${from}`;
    case 'hyperband':
      return `successive halving with several first rungs from epoch ${from}, one trial in ${reduction} continues`;
    case 'freezeThaw': {
      const first = options.minEpochs ?? headEpochs + PRUNER_DEFAULTS.funnelMinEpochs;
      return `pauses trials from epoch ${first} on; paused and new ones compete by expected improvement per second`;
    }
    case 'funnel': {
      const first = options.minEpochs ?? headEpochs + PRUNER_DEFAULTS.funnelMinEpochs;
      return `pauses every trial at epoch ${first}; the best continue, fewer at each doubling`;
    }
  }
}
