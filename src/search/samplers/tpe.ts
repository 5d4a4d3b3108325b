// Tree-structured Parzen estimator: where good trials are dense and the others are not.
import type { RandomStream } from '../../math/random.js';
import type { History } from '../../study/history.js';
import type { SearchSpace } from '../../study/space.js';
import { formatTenths } from '../../system/format.js';
import { must } from '../../system/must.js';
import { indicesAtRanks, ranksBetween } from '../at-ranks.js';
import { countKnown, modelDataOf } from '../model-data.js';
import type { Sampler, Suggestion } from '../sampler.js';
import { StartUp } from '../start-up.js';
import { ParzenDensity } from '../tpe/parzen.js';
import type { WarmStart } from '../warm-start.js';

/** This share of the trials are the good ones, but never more than so many. */
const GOOD_SHARE = 0.15;
const MOST_GOOD = 25;
const CANDIDATES = 24;
/** The densities are made of at most so many other trials, and of so many of the latest failed ones: suggestions stay quick. */
const MOST_OTHERS = 500;
const MOST_FAILED = 100;

/**
 * Draws from the density of good trials and keeps the draw where it is largest relative to that of the others (J. Bergstra et al.
 * 2011; multivariate as in S. Falkner et al. 2018). Running and failed trials count among the others, so neither is repeated.
 */
export class TpeSampler implements Sampler {
  private readonly startUp: StartUp;

  constructor(
    private readonly space: SearchSpace,
    seed: number,
    private readonly warmStart: WarmStart,
    private readonly startupTrials = 10,
  ) {
    this.startUp = new StartUp(space, seed);
  }

  ask(history: History, random: RandomStream): Suggestion | undefined {
    const data = this.warmStart.added(modelDataOf(this.space, history));
    const { observations, pending, failed } = data;
    const known = countKnown(data);
    if (known < this.startupTrials || observations.length < 2) {
      const few = known < this.startupTrials;
      return this.quasiRandom(
        history,
        random,
        few ? `start-up ${known + 1} of ${this.startupTrials}` : 'too few values for a model yet',
      );
    }
    const count = Math.min(MOST_GOOD, Math.ceil(GOOD_SHARE * observations.length));
    const ranks = [...ranksBetween(0, count), ...spread(ranksBetween(count, observations.length), MOST_OTHERS)];
    const chosen = indicesAtRanks(
      observations.map(({ loss }) => loss),
      ranks,
    ).map((i) => must(observations[i], 'an observation').unit);
    const good = new ParzenDensity(this.space, chosen.slice(0, count));
    const others = new ParzenDensity(this.space, [...chosen.slice(count), ...pending, ...failed.slice(-MOST_FAILED)]);
    const candidates = Array.from({ length: CANDIDATES }, () => {
      const unit = good.draw(random);
      const settled = this.space.settle(unit);
      return { unit, worth: good.logDensity(settled) - others.logDensity(settled) };
    });
    for (const { unit, worth } of candidates.sort((a, b) => b.worth - a.worth)) {
      const parameters = this.space.decode(unit);
      if (history.has(parameters)) continue;
      return { parameters, note: `log density ratio ${formatTenths(worth)}, ${count} good of ${observations.length}` };
    }
    return this.quasiRandom(history, random, 'all that the model proposed is known');
  }

  private quasiRandom(history: History, random: RandomStream, note: string): Suggestion | undefined {
    const parameters = this.startUp.next(history, random);
    return parameters && { parameters, note };
  }
}

/** At most `most` of them, evenly spread over their order. */
function spread<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  const isChosen = (i: number): boolean =>
    Math.floor((i * most) / items.length) < Math.floor(((i + 1) * most) / items.length);
  return items.filter((_, i) => isChosen(i));
}
