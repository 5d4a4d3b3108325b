// Every sampler with every pruner, with and without batched trials: a search that is cut off often records what an undisturbed one does.
import { expect, it } from 'vitest';
import type { BatchRule } from '../../src/controller/run-trials.js';
import { RandomStream } from '../../src/math/random.js';
import { type SamplerOptions, createSampler } from '../../src/search/create-sampler.js';
import { createPruner } from '../../src/search/pruners/create-pruner.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { replay } from '../../src/store/replay.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { PrunerOptions } from '../../src/study/pruner-options.js';
import { SearchSpace } from '../../src/study/space.js';
import type { Train } from '../../src/study/train.js';
import { type SceneOptions, created, objective, play } from './scene.js';

const SEED = 7;
const EPOCHS = 6;
const TRIALS = 12;
/** Where the search is to end before: the rule wants ten values, and a pruner that pauses trials leaves few. */
const TRIALS_OF_RULE = 24;

const SAMPLERS: readonly SamplerOptions[] = [
  { strategy: 'grid', levels: 4 },
  { strategy: 'random' },
  { strategy: 'sobol' },
  { strategy: 'bayesian', startupTrials: 6 },
  {
    strategy: 'bayesian',
    expect: ({ x, batchSize }) => ({ quality: Number(x), logSeconds: Math.log(Number(batchSize)) }),
  },
  // Ends after ten trials, while others are paused.
  { strategy: 'bayesian', startupTrials: 6, stop: { improvement: 0.5 } },
  { strategy: 'tpe', startupTrials: 6 },
];

const PRUNERS: readonly PrunerOptions[] = [
  { type: 'none' },
  { type: 'median', minEpochs: 2, startupTrials: 2 },
  { type: 'percentile', percentile: 60, minEpochs: 2, startupTrials: 2 },
  { type: 'patience', patience: 2 },
  { type: 'threshold', bound: 0.3, minEpochs: 2 },
  { type: 'successiveHalving', minEpochs: 2, reduction: 2 },
  { type: 'successiveHalving', form: 'promotion', minEpochs: 2, reduction: 2 },
  { type: 'hyperband', minEpochs: 1, reduction: 2 },
  { type: 'funnel', minEpochs: 2 },
  { type: 'freezeThaw', minEpochs: 2 },
];

const space = new SearchSpace({
  x: { type: 'float', min: 0, max: 1, scale: 'linear' },
  batchSize: { type: 'choice', values: [8, 16], ordinal: true },
});

/** Up to four trials of one batch size, and no sampler is asked early: as `resources.lanes` has it by default. */
const batched: BatchRule = {
  early: false,
  most: () => 4,
  fits: (lead, other) => lead.parameters['batchSize'] === other.parameters['batchSize'],
};

/** Curves that cross and flatten. Some trials go on from where they were and some start over. */
const crossing: Train = async function* ({ trial, parameters, reported }) {
  const x = Number(parameters['x']);
  for (let epoch = trial % 3 === 0 ? 1 : reported + 1; epoch <= EPOCHS; epoch++) {
    await Promise.resolve();
    const share = (epoch / EPOCHS) ** (0.2 + 2 * x);
    const f1 = share * (0.4 + 0.6 * x) - (epoch > 4 ? 0.3 * (1 - x) : 0);
    yield { epoch, metrics: { f1 } };
  }
};

/** Takes so many events and no more, as a process that is killed then. */
class DyingStore extends MemoryStore {
  constructor(
    before: readonly TrialEvent[],
    private left: number,
  ) {
    super(before);
  }

  override append(event: TrialEvent): void {
    if (this.left-- <= 0) throw new Error('killed');
    super.append(event);
  }
}

/** What `openStudy` says: any trial that was in a slot may have been the reason. */
function suspectsIn(events: readonly TrialEvent[]): ReadonlySet<number> {
  const running = replay(events, objective).trials.filter(({ state }) => state === 'running');
  return new Set(running.map(({ number }) => number));
}

/** Killed after random numbers of events, and continued until it is over. */
async function playThroughKills(options: () => SceneOptions, random: RandomStream): Promise<readonly unknown[]> {
  for (let before: readonly TrialEvent[] = [created]; ;) {
    const store = new DyingStore(before, 1 + random.integer(20));
    try {
      return (await play({ ...options(), before, suspects: suspectsIn(before), store })).events;
    } catch (error) {
      expect(String(error)).toContain('killed');
    }
    before = await store.load();
  }
}

const cases = SAMPLERS.flatMap((sampler) => PRUNERS.map((pruner) => ({ sampler, pruner })));

it.each(cases)('$sampler.strategy search with the pruner $pruner.type', async ({ sampler, pruner }) => {
  const trials = 'stop' in sampler ? TRIALS_OF_RULE : TRIALS;
  const options = (batches: BatchRule | undefined): SceneOptions => ({
    train: crossing,
    sampler: createSampler(sampler, space, objective, SEED),
    pruner: createPruner(pruner, objective, { epochs: EPOCHS, seed: SEED, trials, space }),
    trials,
    enqueue: [{ x: 0.3, batchSize: 16 }],
    confirm: { top: 2, repeats: 1 },
    ...(batches === undefined ? {} : { batches }),
  });
  for (const batches of [undefined, batched]) {
    const { events } = await play(options(batches));
    const ended = (events as TrialEvent[]).flatMap((event) => (event.type === 'stopped' ? [event.reason] : []));
    expect(ended.length).toBeLessThanOrEqual(1);
    // A grid comes to its end, which is recorded where trials are paused by then.
    const possible = [...('stop' in sampler ? ['enough'] : []), ...(sampler.strategy === 'grid' ? ['exhausted'] : [])];
    expect(possible).toEqual(expect.arrayContaining(ended));
    // Other pruners may leave too few values for the rule.
    if ('stop' in sampler && pruner.type === 'freezeThaw') expect(ended).toHaveLength(1);
    const random = RandomStream.of(`${sampler.strategy} ${JSON.stringify(pruner)}`);
    for (let round = 0; round < 3; round++) {
      expect(await playThroughKills(() => options(batches), random)).toEqual(events);
    }
  }
});
