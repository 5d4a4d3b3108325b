// Ten thousand trials: what is kept up to date still says what is counted anew.
import { describe, expect, it } from 'vitest';
import { ACCURACY, replay } from '../../../bench/pruning/replay.js';
import { RandomStream } from '../../../src/math/random.js';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import type { PrunerOptions } from '../../../src/study/pruner-options.js';
import { copyOf } from './fixtures.js';

const KINDS: readonly PrunerOptions[] = [
  { type: 'median' },
  { type: 'successiveHalving' },
  { type: 'successiveHalving', form: 'promotion' },
  { type: 'hyperband' },
  { type: 'funnel' },
];

const trials = 10_000;
const random = RandomStream.of('ten thousand');
const curves = Array.from({ length: trials }, () => {
  const goal = random.next();
  return { accuracy: [0.3, 0.6, 0.8, 0.9, 1].map((share) => goal * share + random.next() / 20), seconds: 1 };
});

describe.each(KINDS)('$type $form at ten thousand trials', (options) => {
  const create = () => createPruner(options, ACCURACY, { epochs: 5, seed: 1, trials });
  const pruner = create();
  const { history, spent } = replay(curves, pruner, 4);

  it('drops trials and finds a good one', () => {
    expect(spent.reduce((sum, epochs) => sum + epochs, 0)).toBeLessThan(0.95 * 5 * trials);
    expect(history.best?.best?.value).toBeGreaterThan(0.99);
  });

  it('decides as a pruner does that reads the whole history for the first time', () => {
    const copy = copyOf(history);
    for (const number of [17, 4711, 9999]) {
      const again = copy.trials[number];
      const trial = history.trials[number];
      if (again === undefined || trial === undefined) throw new RangeError(`expected trial ${number}`);
      expect(create().decide(again, copy)).toEqual(pruner.decide(trial, history));
    }
  });
});
