// What few images cannot show, and differences between two samples.
import { describe, expect, it } from 'vitest';
import { limitsOfFewImages, wilsonInterval } from '../../src/metrics/few-images.js';
import { differenceOf } from '../../src/metrics/two-samples.js';

describe('wilsonInterval', () => {
  it('is that of Newcombe’s table for 81 of 263, and for 0 of 20', () => {
    const [low, high] = wilsonInterval(81 / 263, 263);
    expect(low).toBeCloseTo(0.2553, 3);
    expect(high).toBeCloseTo(0.3662, 3);
    const [none, some] = wilsonInterval(0, 20);
    expect(none).toBe(0);
    expect(some).toBeCloseTo(0.1611, 3);
  });
});

describe('limitsOfFewImages', () => {
  it('says what an image is worth and how far a good value may be off', () =>
    expect(limitsOfFewImages(20)).toBe(
      'only 20 validation images: one image is 0.05 of the accuracy, and 0.9 on them may be 0.7 to 0.97 on new images. Trials that differ by a few images cannot be told apart',
    ));

  it('says nothing of 50 images, nor of none', () => {
    expect(limitsOfFewImages(50)).toBeUndefined();
    expect(limitsOfFewImages(0)).toBeUndefined();
  });
});

describe('differenceOf', () => {
  it('is the interval of Newcombe’s table for 56 of 70 against 48 of 80', () => {
    const of = (right: number, images: number): { value: number; low: number; high: number } => {
      const [low, high] = wilsonInterval(right / images, images);
      return { value: right / images, low, high };
    };
    const { value, low, high, sign } = differenceOf(of(48, 80), of(56, 70));
    expect(value).toBeCloseTo(0.2, 9);
    expect(low).toBeCloseTo(0.0524, 3);
    expect(high).toBeCloseTo(0.3339, 3);
    expect(sign).toBe('higher');
  });

  it('is chance where the interval contains 0', () => {
    const [first, second] = [
      { value: 0.9, low: 0.8, high: 0.95 },
      { value: 0.8, low: 0.6, high: 0.9 },
    ];
    expect(differenceOf(first, second).sign).toBe('chance');
    expect(differenceOf(first, { value: 0.5, low: 0.4, high: 0.6 }).sign).toBe('lower');
  });
});
