// The learned prior in a report: it needs the architecture of the backbone, and no weights.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reportInputWith } from '../../../src/app/report/report-input.js';
import type { ReportInput } from '../../../src/report/report-input.js';
import { renderReport } from '../../../src/report/render-report.js';
import { layoutAt } from '../../../src/store/run-layout.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import { fullInput } from '../../report/support/input.js';

const { history } = fullInput({ trials: 12 });

function inputOf(backbone: object, depth = 1): ReportInput {
  const study = {
    data: { folder: 'photos' },
    backbone,
    space: { unfreezeDepth: { type: 'int', min: 0, max: depth }, learningRate: { type: 'float', min: 1e-4, max: 1 } },
    search: { strategy: 'bayesian', prior: 'fineTuning', trials: 12 },
  };
  const definition = parseStudy(JSON.stringify(study), 'study.json', 'photos');
  const layout = layoutAt(join(mkdtempSync(join(tmpdir(), 'hpo-report-')), 'study.run'));
  const record = { name: 'photos', definition };
  return reportInputWith({ name: 'photos', definition, history, record, layout }, {});
}

it('begins with the prior also where the file of weights is gone', () => {
  const { expect: prior, expectMissing } = inputOf({ name: 'mobilenetv3small', weights: 'gone.safetensors' });
  expect(expectMissing).toBeUndefined();
  const parameters = { unfreezeDepth: 1, learningRate: 1e-3 };
  const whole = inputOf({ name: 'mobilenetv3small' });
  expect(prior?.(parameters)).toEqual(whole.expect?.(parameters));
  expect(prior?.(parameters).quality).toBeTypeOf('number');
});

it('is left out where the model file is gone, and the page says so', () => {
  const { expect: prior, expectMissing } = inputOf({ weights: 'gone.onnx' });
  expect(prior).toBeUndefined();
  expect(expectMissing).toContain('expected an ONNX file at backbone.weights, got nothing at');
  const page = (input: ReportInput): boolean => renderReport(input).includes('Without the learned prior');
  const whole = fullInput({ trials: 12 });
  expect(page(whole)).toBe(false);
  expect(page({ ...whole, ...(expectMissing === undefined ? {} : { expectMissing }) })).toBe(true);
});

it('hides no other fault', () => {
  expect(() => inputOf({ name: 'mobilenetv3small' }, 99)).toThrow('expected at most');
});
