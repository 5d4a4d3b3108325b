// Which images make up a batch, with which weights and labels.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import {
  classWeights,
  epochBatches,
  orderedBatches,
  fillDropoutMask,
  labelRows,
  sampleWeights,
} from '../../../src/trainer/finetune/batches.js';

const identity = { seed: 1, trial: 2 };
const labels = Uint32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

describe('an epoch', () => {
  it('holds each image once, the last batch being what is left', () => {
    const batches = epochBatches(identity, 1, labels, 4, 'shuffle');
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 2]);
    expect(batches.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('is the same for the same trial and epoch, and another for others', () => {
    const order = (trial: number, epoch: number) =>
      epochBatches({ seed: 1, trial }, epoch, labels, 10, 'shuffle').join();
    expect(order(2, 1)).toBe(order(2, 1));
    expect(new Set([order(2, 1), order(2, 2), order(3, 1)]).size).toBe(3);
  });

  it('draws rare classes as often as others when balanced', () => {
    const draws = Array.from({ length: 200 }, (_, epoch) => epochBatches(identity, epoch, labels, 10, 'balanced'));
    const rare = draws.flat().reduce((sum, batch) => sum + batch.filter((position) => position === 9).length, 0);
    // 2,000 fair coins: five standard deviations are 112.
    expect(Math.abs(rare - 1000)).toBeLessThan(112);
  });

  it('has its images in order in an evaluation', () => {
    expect(orderedBatches(5, 2).map((batch) => [...batch])).toEqual([[0, 1], [2, 3], [4]]);
  });
});

describe('class weights', () => {
  it('are inverse to the share of a class, one on average', () => {
    const weights = classWeights(labels, 2, 'balanced');
    expect([...weights]).toEqual([expect.closeTo(10 / 18, 6), 5]);
    const mean = labels.reduce((sum, label) => sum + (weights[label] as number), 0) / labels.length;
    expect(mean).toBeCloseTo(1, 6);
  });

  it('of a class without training images are zero, not infinite', () => {
    expect([...classWeights(labels, 3, 'balanced')][2]).toBe(0);
  });
});

describe('labels', () => {
  it('are one-hot rows', () => {
    expect([...labelRows(labels, [9, 0], 2, 0)]).toEqual([0, 1, 1, 0]);
  });

  it('spread the smoothed share over all classes', () => {
    expect([...labelRows([2], [0], 4, 0.1)]).toEqual(
      [0.025, 0.025, 0.925, 0.025].map((share) => expect.closeTo(share, 6) as number),
    );
  });
});

function dropoutMask(length: number, rate: number, random: RandomStream): Float32Array {
  const mask = new Float32Array(length);
  fillDropoutMask(mask, rate, random);
  return mask;
}

describe('a dropout mask', () => {
  it('keeps the expectation', () => {
    const mask = dropoutMask(100_000, 0.3, RandomStream.of('mask'));
    const mean = mask.reduce((sum, value) => sum + value, 0) / mask.length;
    // The standard error is √(0.3/0.7 / 100,000) = 0.002.
    expect(Math.abs(mean - 1)).toBeLessThan(0.011);
    expect(new Set(mask).size).toBe(2);
  });

  it('drops nothing at rate zero', () => {
    expect(dropoutMask(5, 0, RandomStream.of('mask')).every((value) => value === 1)).toBe(true);
  });
});

describe('weights of images', () => {
  it('have mean 1 and keep their proportions', () => {
    expect(sampleWeights([1, 3, 0])).toEqual(Float32Array.of(0.75, 2.25, 0));
  });

  it('that are all equal are none', () => {
    expect(sampleWeights([2, 2, 2])).toBeUndefined();
    expect(sampleWeights([])).toBeUndefined();
  });

  it('that are all 0 are refused', () => {
    expect(() => sampleWeights([0, 0])).toThrow('weights above 0, got 0 for all');
  });
});
