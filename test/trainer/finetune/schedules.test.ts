// Schedules against their closed forms.
import { describe, expect, it } from 'vitest';
import { TRAINING_DEFAULTS } from '../../../src/study/schema/training-schema.js';
import { type ScheduleOptions, rateFactor } from '../../../src/trainer/finetune/schedules.js';

function factor(options: Partial<ScheduleOptions>, position: number, length = 10, scores: number[] = []): number {
  return rateFactor({ ...TRAINING_DEFAULTS, ...options }, { position, length, scores });
}

describe('constant', () => {
  it('is 1 throughout', () => {
    expect([0, 3.5, 9.99].map((position) => factor({ schedule: 'constant' }, position))).toEqual([1, 1, 1]);
  });
});

describe('cosine', () => {
  it.each([
    [0, 1],
    [2.5, (1 + Math.SQRT1_2) / 2],
    [5, 0.5],
    [10, 0],
  ])('at epoch %d of 10 is %d', (position, expected) => {
    expect(factor({ schedule: 'cosine' }, position)).toBeCloseTo(expected, 12);
  });
});

describe('step', () => {
  it.each([
    [0, 1],
    [2.99, 1],
    [3, 0.1],
    [6, 0.01],
  ])('drops every three epochs: at %d it is %d', (position, expected) => {
    expect(factor({ schedule: 'step', stepEpochs: 3, stepFactor: 0.1 }, position)).toBeCloseTo(expected, 12);
  });
});

describe('plateau', () => {
  const options = { schedule: 'plateau', plateauPatience: 2, stepFactor: 0.5 } as const;

  it('holds the rate while the score improves', () => {
    expect(factor(options, 3, 10, [0.1, 0.2, 0.3])).toBe(1);
  });

  it('drops after so many epochs without a better score', () => {
    expect(factor(options, 3, 10, [0.3, 0.2, 0.3])).toBe(0.5);
  });

  it('begins its patience with each phase', () => {
    const scores = [0.3, 0.2, 0.2];
    expect(
      rateFactor({ ...TRAINING_DEFAULTS, ...options }, { position: 3, length: 10, scores, phaseStarts: [0, 2] }),
    ).toBe(1);
    expect(
      rateFactor({ ...TRAINING_DEFAULTS, ...options }, { position: 3, length: 10, scores, phaseStarts: [0, 1] }),
    ).toBe(0.5);
  });

  it('drops again only after as many more', () => {
    expect(factor(options, 4, 10, [0.3, 0.2, 0.2, 0.2])).toBe(0.5);
    expect(factor(options, 5, 10, [0.3, 0.2, 0.2, 0.2, 0.2])).toBe(0.25);
  });
});

describe('oneCycle', () => {
  it.each([
    [0, 1 / 25],
    [1.5, (1 + 1 / 25) / 2],
    [3, 1],
    [6.5, (1 + 1 / 25e4) / 2],
    [10, 1 / 25e4],
  ])('rises for three tenths and falls for the rest: at %d of 10 it is %d', (position, expected) => {
    expect(factor({ schedule: 'oneCycle' }, position)).toBeCloseTo(expected, 12);
  });
});

describe('warm-up', () => {
  it('grows linearly from zero and hands over at the peak', () => {
    const options = { schedule: 'cosine', warmupEpochs: 2 } as const;
    expect([0, 0.5, 1, 2].map((position) => factor(options, position))).toEqual([0, 0.25, 0.5, 1]);
  });

  it('leaves the schedule the epochs after it', () => {
    expect(factor({ schedule: 'cosine', warmupEpochs: 2 }, 6)).toBeCloseTo(0.5, 12);
  });

  it('may fill the whole trial', () => {
    expect(factor({ schedule: 'cosine', warmupEpochs: 50 }, 5)).toBe(0.5);
  });
});
