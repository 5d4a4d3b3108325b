// mixup and CutMix.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { type MixableBatch, mixBatch } from '../../../src/trainer/finetune/mixing.js';

/** Image i is filled with i; labels are one-hot of i. */
function batchOf(size: number, shape: readonly number[]): MixableBatch {
  const length = shape.reduce((product, dimension) => product * dimension, 1);
  return {
    features: Float32Array.from({ length: size * length }, (_, i) => Math.floor(i / length)),
    labels: Float32Array.from({ length: size * size }, (_, i) => (Math.floor(i / size) === i % size ? 1 : 0)),
    weights: new Float32Array(size).fill(1),
    shape,
    size,
  };
}

/** What an image's label row says its mean should be, image i being filled with i. */
function expectedMean({ labels, size }: MixableBatch, image: number): number {
  return labels.subarray(image * size, (image + 1) * size).reduce((sum, share, i) => sum + share * i, 0);
}

function meanOf({ features, size }: MixableBatch, image: number): number {
  const length = features.length / size;
  return features.subarray(image * length, (image + 1) * length).reduce((sum, value) => sum + value, 0) / length;
}

describe.each([
  ['mixup of pooled features', [6], { mixup: 0.4, cutmix: 0 }],
  ['mixup of feature maps', [4, 5, 3], { mixup: 0.4, cutmix: 0 }],
  ['CutMix of feature maps', [4, 5, 3], { mixup: 0, cutmix: 1 }],
  ['CutMix of pooled features', [6], { mixup: 0, cutmix: 1 }],
  ['both', [4, 5, 3], { mixup: 0.4, cutmix: 1 }],
])('%s', (_, shape, options) => {
  it('mixes labels by the share in which it mixed the images', () => {
    for (let draw = 0; draw < 20; draw++) {
      const batch = batchOf(5, shape);
      mixBatch(batch, options, RandomStream.of('mixing', draw));
      for (let image = 0; image < 5; image++) expect(meanOf(batch, image)).toBeCloseTo(expectedMean(batch, image), 5);
    }
  });

  it('changes features and labels', () => {
    const batch = batchOf(5, shape);
    for (let draw = 0; draw < 5; draw++) mixBatch(batch, options, RandomStream.of('mixing', draw));
    expect([...batch.labels].filter((share) => share !== 0 && share !== 1).length).toBeGreaterThan(0);
  });
});

describe('no mixing', () => {
  it('leaves the batch alone and draws nothing', () => {
    const batch = batchOf(3, [4]);
    const random = RandomStream.of('mixing');
    mixBatch(batch, { mixup: 0, cutmix: 0 }, random);
    expect(batch).toEqual(batchOf(3, [4]));
    expect(random.next()).toBe(RandomStream.of('mixing').next());
  });
});
