// What is said of a test figure that the validation images did not let expect.
import { describe, expect, it } from 'vitest';
import { type EvaluatedModel, expectationOf } from '../../../src/app/model/test-expectation.js';
import type { ModelEvaluation } from '../../../src/trainer/evaluation.js';

type Given = Pick<ModelEvaluation, 'interval'>;

function figure(value: number, reach: number): Given {
  return { interval: { metric: 'macroF1', value, low: value - reach, high: value + reach, level: 0.95 } };
}

const maximize = { metric: 'macroF1', direction: 'maximize' } as const;
const UNKNOWN = { objective: maximize, validation: undefined, test: undefined, hasGroups: false, expected: undefined };

const remarkOf = (model: Partial<EvaluatedModel>): string | undefined =>
  expectationOf({ ...UNKNOWN, ...model })?.remark;

describe('expectationOf', () => {
  it('has no remark within the interval of the validation images', () =>
    expect(remarkOf({ validation: figure(0.9, 0.05), test: figure(0.87, 0.05) })).toBeUndefined());

  it('says where chance in both samples can explain a figure outside of it', () =>
    expect(remarkOf({ validation: figure(0.9, 0.05), test: figure(0.84, 0.05) })).toBe(
      'macroF1 0.8400 on the test images lies outside of the interval of the validation images (0.8500 … 0.9500), but both samples together can differ so much by chance',
    ));

  it('names selection and other images where a figure is lower by more than chance', () => {
    const remark = remarkOf({ validation: figure(0.9, 0.03), test: figure(0.7, 0.03) });
    expect(remark).toContain('by more than chance');
    expect(remark).toContain('chosen by the validation images');
    expect(remark).toContain('the test images differ');
    expect(remark).toContain('the interval of the difference is −0.242 … −0.158. The epoch');
    expect(remark).toContain('no groups are named');
    expect(remarkOf({ validation: figure(0.9, 0.03), test: figure(0.7, 0.03), hasGroups: true })).not.toContain(
      'groups',
    );
  });

  it('goes by what the study lets expect, where that is known: the choice among trials is counted in', () => {
    const expected = figure(0.8, 0.06).interval;
    expect(remarkOf({ validation: figure(0.9, 0.03), test: figure(0.78, 0.05), expected })).toBeUndefined();
    const remark = remarkOf({ validation: figure(0.9, 0.03), test: figure(0.5, 0.03), expected });
    expect(remark).toContain('lies outside of what its study lets expect (0.7400 … 0.8600), by more than chance');
    expect(remark).not.toContain('chosen by the validation images');
  });

  it('knows that less is better where the objective says so', () => {
    const minimize = { metric: 'logLoss', direction: 'minimize' } as const;
    expect(remarkOf({ objective: minimize, validation: figure(0.3, 0.03), test: figure(0.9, 0.03) })).toContain(
      'chosen by',
    );
    expect(remarkOf({ objective: minimize, validation: figure(0.9, 0.03), test: figure(0.3, 0.03) })).toContain(
      'better than on',
    );
  });

  it('names the images of the target where the objective is about them', () => {
    const target = { metric: 'target/macroF1', direction: 'maximize' } as const;
    expect(remarkOf({ objective: target, validation: figure(0.9, 0.05), test: figure(0.84, 0.05) })).toContain(
      'macroF1 0.8400 on the target test images lies outside of the interval of the target validation images',
    );
  });

  it('says nothing where an interval is missing', () => {
    expect(expectationOf({ ...UNKNOWN, test: figure(0.9, 0.1) })).toBeUndefined();
    expect(expectationOf({ ...UNKNOWN, validation: {}, test: figure(0.9, 0.1) })).toBeUndefined();
  });
});
