// What counts as a report.
import { describe, expect, it } from 'vitest';
import { checkReport } from '../../../src/workers/protocol/check-report.js';

describe('checkReport', () => {
  it('keeps known fields and drops the rest', () => {
    const detail = { confusion: [new Int32Array([3, 1]), [0, 4]], predictions: new Uint8Array([0, 1]) };
    const value = { epoch: 2, metrics: { f1: 0.5 }, detail, seconds: 1.5, work: { images: 24 }, model: () => {} };
    expect(checkReport(value)).toEqual({
      epoch: 2,
      metrics: { f1: 0.5 },
      detail: {
        confusion: [
          [3, 1],
          [0, 4],
        ],
        predictions: [0, 1],
      },
      seconds: 1.5,
      work: { images: 24 },
    });
  });

  it('lets a metric be NaN, which is a matter of the trial', () => {
    expect(checkReport({ epoch: 1, metrics: { f1: NaN } })).toEqual({ epoch: 1, metrics: { f1: NaN } });
  });

  it('turns −0 into 0, as a journal would', () => {
    expect(checkReport({ epoch: 1, metrics: { f1: -0 } })).toEqual({ epoch: 1, metrics: { f1: 0 } });
  });

  it.each([
    [undefined, 'expected a report { epoch, metrics }, got undefined'],
    [[1], 'expected a report { epoch, metrics }, got an array of 1'],
    [{ epoch: 0, metrics: {} }, 'expected an epoch counted from 1 in a report, got 0'],
    [{ epoch: 1.5, metrics: {} }, 'expected an epoch counted from 1 in a report, got 1.5'],
    [{ epoch: 1, metric: {} }, 'expected metrics by name in the report of epoch 1, got undefined'],
    [{ epoch: 1, metrics: { f1: '0.9' } }, "expected a number as metric 'f1', got '0.9'"],
    [{ epoch: 1, metrics: {}, seconds: NaN }, 'expected seconds, got NaN'],
    [
      { epoch: 1, metrics: {}, work: { images: NaN } },
      'expected work as finite numbers by name, got an object with images',
    ],
    [
      { epoch: 1, metrics: {}, detail: { confusion: [[NaN]] } },
      'expected detail { confusion: number[][], predictions?: number[] } or { labels: number[][][] }, got an object with confusion',
    ],
  ])('says what is wrong with %o', (value, problem) => {
    expect(checkReport(value)).toEqual({ problem });
  });
});
