// Scores of slices.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { wilsonInterval } from '../../src/metrics/few-images.js';
import { sliceScores } from '../../src/metrics/slice-scores.js';

/** `right` of so many images of each value. */
function images(...slices: readonly (readonly [right: number, of: number])[]) {
  const labels = slices.flatMap(([, of]) => new Array<number>(of).fill(0));
  const predictions = slices.flatMap(([right, of]) => Array.from({ length: of }, (_, i) => (i < right ? 0 : 1)));
  const members = slices.flatMap(([, of], k) => new Array<number>(of).fill(k));
  return { labels, predictions, slicing: { column: 'hospital', values: slices.map((_, k) => `h${k}`), members } };
}

describe('sliceScores', () => {
  it('gives the worst first, with Wilson’s interval, and says what is worse than the rest', () => {
    const { labels, predictions, slicing } = images([90, 100], [50, 100], [96, 100]);
    const scores = sliceScores(labels, predictions, [slicing]);
    expect(scores.map(({ value, accuracy, isWorse }) => [value, accuracy, isWorse])).toEqual([
      ['h1', 0.5, true],
      ['h0', 0.9, false],
      ['h2', 0.96, false],
    ]);
    const [low, high] = wilsonInterval(0.5, 100);
    expect(scores[0]?.low).toBeCloseTo(low, 4);
    expect(scores[0]?.high).toBeCloseTo(high, 4);
  });

  it('marks slices of few images, and does not call them worse for one mistake', () => {
    const { labels, predictions, slicing } = images([4, 5], [95, 100]);
    expect(sliceScores(labels, predictions, [slicing])[0]).toMatchObject({
      value: 'h0',
      isSmall: true,
      isWorse: false,
    });
  });

  it('leaves out values without images, and counts images without a value among the others alone', () => {
    const scores = sliceScores([0, 0, 0], [0, 1, 0], [{ column: 'c', values: ['a', 'b'], members: [0, 0, -1] }]);
    expect(scores.map(({ value, images: count }) => [value, count])).toEqual([['a', 2]]);
  });

  it('seldom calls one of many equal slices worse', () => {
    const random = RandomStream.of('slices');
    let falseAlarms = 0;
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      const right = Array.from({ length: 20 }, () => {
        const correct = Array.from({ length: 50 }, () => random.uniform(0, 1) < 0.8);
        return [correct.filter(Boolean).length, 50] as const;
      });
      const { labels, predictions, slicing } = images(...right);
      if (sliceScores(labels, predictions, [slicing]).some(({ isWorse }) => isWorse)) falseAlarms++;
    }
    // The two-sided level of 5 % is shared by 20 slices; one side alone counts.
    expect(falseAlarms / rounds).toBeLessThan(0.06);
  });
});
