import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { countMetric } from '../../src/metrics/count-metrics.js';
import { compareWithEnsemble, meanOf, selectEnsemble } from '../../src/metrics/ensemble-selection.js';
import { must } from '../../src/system/must.js';

const CLASSES = ['ant', 'bee'];
const measure = must(countMetric('accuracy', CLASSES), 'the accuracy');
const labels = Array.from({ length: 60 }, (_, i) => i % 2);
const question = { labels, classes: CLASSES, metric: 'accuracy', measure, size: 3 };

/** Sure where it is right, in doubt where it is wrong. */
function knows(isRight: (image: number) => boolean): Float32Array {
  return Float32Array.from(
    labels.flatMap((label, i) => {
      const right = isRight(i) ? 0.9 : 0.45;
      return label === 0 ? [right, 1 - right] : [1 - right, right];
    }),
  );
}

const thirds = [0, 1, 2].map((third) => knows((image) => image % 3 !== third));

describe('the selection', () => {
  it('takes trials whose mistakes the others do not make', () => {
    const choices = selectEnsemble({ ...question, candidates: thirds });
    expect(choices.filter((count) => count > 0).length).toBeGreaterThanOrEqual(2);
    const mean = meanOf(thirds, choices);
    expect(labels.every((label, i) => mean[2 * i + label]! > 0.5)).toBe(true);
  });

  it('takes no more different trials than asked for', () => {
    const candidates = [0, 1, 2, 3, 4].map((fifth) => knows((image) => image % 5 !== fifth));
    for (const size of [1, 2, 3]) {
      const choices = selectEnsemble({ ...question, candidates, size });
      expect(choices.filter((count) => count > 0).length).toBeLessThanOrEqual(size);
    }
  });

  it('leaves the best trial alone where no other adds to it', () => {
    const random = RandomStream.of('poor');
    const poor = knows(() => random.next() < 0.3);
    expect(selectEnsemble({ ...question, candidates: [knows(() => true), poor] })[1]).toBe(0);
  });
});

describe('the comparison', () => {
  it('expects more of an ensemble whose trials make different mistakes', () => {
    const { single, ensemble } = compareWithEnsemble({ ...question, candidates: thirds }, RandomStream.of('both'));
    expect(single.value).toBeLessThan(0.7);
    expect(ensemble.value).toBeGreaterThan(0.9);
  });

  it('expects no more of guesses than of a guess', () => {
    const random = RandomStream.of('guesses');
    const candidates = Array.from({ length: 8 }, () => knows(() => random.next() < 0.5));
    const { ensemble } = compareWithEnsemble({ ...question, candidates }, RandomStream.of('luck'));
    const chosen = selectEnsemble({ ...question, candidates });
    const mean = meanOf(candidates, chosen);
    const flattered = labels.filter((label, i) => mean[2 * i + label]! > 0.5).length / labels.length;
    expect(ensemble.value).toBeLessThan(flattered);
  });
});
