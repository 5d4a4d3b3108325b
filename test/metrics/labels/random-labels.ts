// Made-up images with several labels, and what a mediocre model says of them.
import { RandomStream } from '../../../src/math/random.js';
import type { ScoredLabels } from '../../../src/metrics/labels/scored-labels.js';

/** @param skill 0: probabilities know nothing; 1: they mostly know. */
export function randomLabels(images: number, classCount: number, skill: number, seed = 1): ScoredLabels {
  const random = RandomStream.of('labels', seed, images);
  const labels = Array.from({ length: images }, () =>
    Array.from({ length: classCount }, (_, k) => k).filter((k) => random.next() < 0.5 / (k + 1)),
  );
  const probabilities = new Float32Array(images * classCount);
  labels.forEach((ofImage, i) => {
    for (let k = 0; k < classCount; k++) {
      const score = skill * (ofImage.includes(k) ? 2 : -2) + random.normal() - 0.5 * k;
      // Rounded, so that there are ties.
      probabilities[i * classCount + k] = Math.round(100 / (1 + Math.exp(-score))) / 100;
    }
  });
  return { labels, probabilities, classCount };
}
