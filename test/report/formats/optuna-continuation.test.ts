// An Optuna journal of an earlier session is continued, not written anew, and what was torn is cut off.
import { describe, expect, it } from 'vitest';
import { continuationOf } from '../../../src/report/formats/optuna-continuation.js';
import { exportOptuna } from '../../../src/report/formats/optuna-journal.js';
import { fakeEvents } from '../../dashboard/support/fake-study.js';

const expected = exportOptuna(fakeEvents({ trials: 5, slots: 1, detail: false }));
const bytes = Buffer.from(expected);

/** The file after continuing. */
function continued(existing: string): string {
  const continuation = continuationOf(existing, expected);
  if (continuation === undefined) throw new Error('refused');
  return Buffer.from(existing).subarray(0, continuation.keep).toString() + continuation.missing;
}

describe('continuationOf', () => {
  it('comes to the same file from wherever the writing stopped', () => {
    const step = 37;
    for (let length = 0; length <= bytes.length; length += step) {
      expect(continued(bytes.subarray(0, length).toString())).toBe(expected);
    }
  });

  it('keeps every whole line', () => {
    const cut = expected.indexOf('\n', expected.length / 2) + 1;
    expect(continuationOf(expected.slice(0, cut + 10), expected)?.keep).toBe(Buffer.byteLength(expected.slice(0, cut)));
  });

  it('cuts off what the study does not have', () => {
    const more = '{"op_code":7,"worker_id":"hpo","trial_id":4,"step":99,"intermediate_value":NaN}\n';
    expect(continued(expected + more)).toBe(expected);
  });

  it('begins anew where an earlier line differs', () => {
    expect(continued(expected.replace('ants-bees', 'bees-ants'))).toBe(expected);
  });

  it('keeps the notes of a person, and no trials of others', () => {
    const note = '{"op_code": 3, "worker_id": "w", "study_id": 0, "system_attr": {"note": "grün"}}\n';
    const trial = '{"op_code": 4, "worker_id": "w", "study_id": 0, "datetime_start": null}\n';
    const cut = expected.indexOf('\n', expected.length / 2) + 1;
    const [before, after] = [expected.slice(0, cut), expected.slice(cut)];
    expect(continued(before + note)).toBe(before + note + after);
    expect(continued(before + note + after.slice(0, -3))).toBe(before + note + after);
    expect(continued(before + trial)).toBe(expected);
  });

  it.each(['{ "name": "study" }\n', 'text', '[1]\n', '{\n  "name": "study"\n}\n', '\n'])('leaves %j alone', (text) => {
    expect(continuationOf(text, expected)).toBeUndefined();
  });
});
