// What is said of a test figure that the validation images did not let expect.
import { describe, expect, it } from 'vitest';
import { expectationOf } from '../../../src/app/model/test-expectation.js';
import type { ModelEvaluation } from '../../../src/trainer/evaluation.js';

type Given = Pick<ModelEvaluation, 'interval'>;

function figure(value: number, reach: number): Given {
  return { interval: { metric: 'macroF1', value, low: value - reach, high: value + reach, level: 0.95 } };
}

const maximize = { metric: 'macroF1', direction: 'maximize' } as const;

describe('expectationOf', () => {
  it('has no remark within the interval of the validation images', () =>
    expect(expectationOf(maximize, figure(0.9, 0.05), figure(0.87, 0.05))?.remark).toBeUndefined());

  it('says where chance in both samples can explain a figure outside of it', () =>
    expect(expectationOf(maximize, figure(0.9, 0.05), figure(0.84, 0.05))?.remark).toBe(
      'macroF1 0.8400 on the test images lies outside of the interval of the validation images (0.8500 … 0.9500), but both samples together can differ so much by chance',
    ));

  it('names selection and other images where a figure is lower by more than chance', () => {
    const remark = expectationOf(maximize, figure(0.9, 0.03), figure(0.7, 0.03))?.remark;
    expect(remark).toContain('by more than chance');
    expect(remark).toContain('chosen by the validation images');
    expect(remark).toContain('the test images differ');
    expect(remark).toContain('the interval of the difference is −0.242 … −0.158. The epoch');
    expect(remark).toContain('no groups are named');
    expect(expectationOf(maximize, figure(0.9, 0.03), figure(0.7, 0.03), true)?.remark).not.toContain('groups');
  });

  it('goes by what the study lets expect, where that is known: the choice among trials is counted in', () => {
    const expected = figure(0.8, 0.06).interval;
    expect(expectationOf(maximize, figure(0.9, 0.03), figure(0.78, 0.05), false, expected)?.remark).toBeUndefined();
    const remark = expectationOf(maximize, figure(0.9, 0.03), figure(0.5, 0.03), false, expected)?.remark;
    expect(remark).toContain('lies outside of what its study lets expect (0.7400 … 0.8600), by more than chance');
    expect(remark).not.toContain('chosen by the validation images');
  });

  it('knows that less is better where the objective says so', () => {
    const minimize = { metric: 'logLoss', direction: 'minimize' } as const;
    expect(expectationOf(minimize, figure(0.3, 0.03), figure(0.9, 0.03))?.remark).toContain('chosen by');
    expect(expectationOf(minimize, figure(0.9, 0.03), figure(0.3, 0.03))?.remark).toContain('better than on');
  });

  it('names the images of the target where the objective is about them', () => {
    const target = { metric: 'target/macroF1', direction: 'maximize' } as const;
    expect(expectationOf(target, figure(0.9, 0.05), figure(0.84, 0.05))?.remark).toContain(
      'macroF1 0.8400 on the target test images lies outside of the interval of the target validation images',
    );
  });

  it('says nothing where an interval is missing', () => {
    expect(expectationOf(maximize, undefined, figure(0.9, 0.1))).toBeUndefined();
    expect(expectationOf(maximize, {}, figure(0.9, 0.1))).toBeUndefined();
  });
});
