// A ranking that is kept up to date answers as one that is sorted anew.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betterThan, HistoryRanking, placeOf, Ranking } from '../../../src/search/pruners/ranking.js';
import { historyOf, maximizeF1 } from './fixtures.js';

const score = fc.option(fc.constantFrom(-Infinity, 0, 0.25, 0.5, 0.5000001, 1), { nil: undefined });
const changes = fc.array(fc.array(fc.tuple(fc.nat(40), score), { maxLength: 200 }), { maxLength: 6 });

describe('Ranking', () => {
  it('is sorted whatever was set, taken out and set again', () => {
    fc.assert(
      fc.property(changes, (rounds) => {
        const ranking = new Ranking();
        const known = new Map<number, number>();
        for (const round of rounds) {
          for (const [trial, value] of round) {
            ranking.set(trial, value);
            if (value === undefined) known.delete(trial);
            else known.set(trial, value);
          }
          const sorted = [...known].sort(([a, x], [b, y]) => (x === y ? a - b : x > y ? -1 : 1));
          expect(ranking.entries).toEqual(sorted.map(([trial, value]) => ({ trial, score: value })));
        }
      }),
    );
  });

  it('finds the place of each of its entries', () => {
    const ranking = new Ranking();
    [0.5, 0.7, 0.5, 0.9].forEach((value, trial) => ranking.set(trial, value));
    expect(ranking.entries.map((entry) => placeOf(ranking.entries, entry))).toEqual([0, 1, 2, 3]);
  });

  it('counts those that are better, not those that are equal', () => {
    const ranking = new Ranking();
    [0.5, 0.7, 0.5, 0.9].forEach((value, trial) => ranking.set(trial, value));
    expect(betterThan(ranking.entries, 0.5)).toBe(2);
  });
});

describe('HistoryRanking', () => {
  const valueOf = (value: number) => ({ values: [value] });

  it('reads another, shorter history as if it were its first', () => {
    const ranking = new HistoryRanking((trial) => trial.best?.value);
    ranking.of(historyOf(maximizeF1, [0.1, 0.3, 0.2].map(valueOf)).trials);
    expect(ranking.of(historyOf(maximizeF1, [0.4, 0.6].map(valueOf)).trials)).toEqual([
      { trial: 1, score: 0.6 },
      { trial: 0, score: 0.4 },
    ]);
  });
});
