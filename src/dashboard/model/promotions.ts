// Where pruners that pause trials do so, and how many epochs they give to the trials that they continue.
import { PRUNER_DEFAULTS, type PrunerOptions } from '../../study/pruner-options.js';

export interface Promotions {
  /** Epochs, ascending, all below the last. */
  readonly rungs: readonly number[];
  /** Epochs after the first rung that the trials which are continued get, the most first. */
  readonly chains: readonly number[];
}

/** Trials that halving continues, in its quotas: some earn their place early and lose it to later ones. Measured in bench/time-left. */
const EARLY = 1.5;

/** As src/search/pruners/ladders.ts cuts; undefined for pruners that pause nothing. */
export function promotionsOf(
  options: PrunerOptions,
  trials: number,
  epochs: number,
  headEpochs: number,
): Promotions | undefined {
  const isFunnel = options.type === 'funnel';
  if (!isFunnel && !(options.type === 'successiveHalving' && options.form === 'promotion')) return undefined;
  const least = isFunnel ? PRUNER_DEFAULTS.funnelMinEpochs : PRUNER_DEFAULTS.minEpochs;
  const first = options.minEpochs ?? least + headEpochs;
  const reduction = isFunnel ? 2 : (options.reduction ?? PRUNER_DEFAULTS.reduction);
  const rungs: number[] = [];
  for (let rung = first; rung < epochs; rung *= reduction) rungs.push(rung);
  const quota = (k: number): number =>
    isFunnel
      ? Math.max(1, Math.ceil((options.breadth ?? PRUNER_DEFAULTS.breadth) * Math.sqrt(trials) * 0.6 ** k - 1e-9))
      : Math.max(1, Math.round((EARLY * trials) / reduction ** (k + 1)));
  const kept = rungs.map((_, k) => Math.min(trials, quota(k)));
  const chains = Array.from({ length: kept[0] ?? 0 }, (_, place) => {
    return rungs.reduce((sum, rung, k) => sum + (place < (kept[k] ?? 0) ? (rungs[k + 1] ?? epochs) - rung : 0), 0);
  });
  return { rungs, chains };
}
