// A study as CSV.
import { describe, expect, it } from 'vitest';
import { exportCsv } from '../../../src/report/formats/csv.js';
import { inputOf } from '../support/input.js';

const failed = { status: 'failed', kind: 'crashed', message: 'said "no", twice\nand left' } as const;
const { definition, history } = inputOf({ trials: 5, unfinished: 0 }, [
  { type: 'asked', trial: 5, parameters: { l2: 1e-3 }, source: 'enqueued', at: 0 },
  { type: 'told', trial: 5, outcome: failed, at: 0 },
]);

describe('exportCsv', () => {
  const text = exportCsv(definition, history);
  const lines = text.split('\r\n');

  it('has a header and a row for each trial, each with as many cells', () => {
    expect(lines[0]).toMatch(/^trial,state,value,.*parameter_learningRate.*metric_macroF1/);
    const cells = (line: string): number => line.replace(/"(?:[^"]|"")*"/g, '').split(',').length;
    for (const line of lines.slice(1, 6)) expect(cells(line)).toBe(cells(lines[0] ?? ''));
    expect(lines).toHaveLength(1 + 6 + 1);
  });

  it('quotes what would break a row', () => expect(text).toContain('"crashed: said ""no"", twice\nand left"'));

  it('leaves cells empty that have no value', () => expect(lines[6]).toMatch(/^5,failed,,,0,,enqueued,,,/));

  it('leaves no text that a spreadsheet takes for a formula, and numbers as they are', () => {
    const odd = inputOf({ trials: 1, unfinished: 0 }, [
      {
        type: 'asked',
        trial: 1,
        parameters: { l2: -1e-3, augmentation: '=HYPERLINK("x")' },
        source: 'enqueued',
        at: 0,
      },
      { type: 'told', trial: 1, outcome: { status: 'pruned', epoch: 0, reason: '@SUM(1)' }, at: 0 },
    ]);
    const parameters = {
      ...definition.space,
      augmentation: { type: 'choice', values: ['a'], ordinal: false },
    } as const;
    const row = exportCsv({ ...definition, space: parameters }, odd.history);
    expect(row).toContain(`"'=HYPERLINK(""x"")"`);
    expect(row).toContain(`,'@SUM(1),`);
    expect(row).toContain(',-0.001');
  });

  it('gives seconds without the digits of a sum', () => {
    const seconds = [0.1, 0.2];
    const summed = inputOf({ trials: 0, total: 1 }, [
      { type: 'asked', trial: 0, parameters: {}, source: 'sampler', at: 0 },
      { type: 'started', trial: 0, slot: 0, at: 0 },
      ...seconds.map((one, i) => {
        const report = { epoch: i + 1, metrics: { macroF1: 0.5 }, seconds: one };
        return { type: 'reported', trial: 0, report, at: 0 } as const;
      }),
    ]);
    expect(exportCsv(definition, summed.history).split('\r\n')[1]?.split(',')[5]).toBe('0.3');
  });

  it('gives numbers in full', () => {
    expect(lines[1]?.split(',')[2]).toBe(String(history.trials[0]?.best?.value));
  });
});
