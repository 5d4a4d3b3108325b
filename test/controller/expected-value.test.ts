// What is expected of the best trial on other images, and why it may not be known.
import { describe, expect, it } from 'vitest';
import { expectedValueOf } from '../../src/controller/expected-value.js';
import type { ImagesRecord } from '../../src/study/events.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { Report, TrialSource } from '../../src/study/trial.js';
import { definitionOf } from '../study/definitions.js';

const CLASSES = ['ant', 'bee'];
const LABELS: readonly number[] = Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : 1));
const images: ImagesRecord = {
  digest: 'd',
  classes: CLASSES,
  counts: { train: [20, 20], validation: [20, 20], test: [0, 0] },
};
const objective = { metric: 'accuracy', direction: 'maximize' } as const;
const definition = definitionOf({ objective });

/** Predictions with this many wrong ones, from a place on. */
function wrong(count: number, from = 0): number[] {
  return LABELS.map((label, i) => ((i - from + 40) % 40 < count ? 1 - label : label));
}

function report(epoch: number, predictions: readonly number[] | undefined, labels = LABELS): Report {
  const said = predictions ?? labels;
  const accuracy = said.filter((one, i) => one === labels[i]).length / labels.length;
  const detail = { confusion: [[0]], ...(predictions === undefined ? {} : { predictions }) };
  return { epoch, metrics: { accuracy }, detail };
}

interface Played {
  readonly reports: readonly Report[];
  readonly source?: TrialSource;
  readonly outcome?: 'completed' | 'pruned' | 'failed';
  readonly x?: number;
}

function historyOf(played: readonly Played[]): HistoryLedger {
  const ledger = new HistoryLedger(objective);
  for (const [trial, { reports, source = 'sampler', outcome = 'completed', x = trial }] of played.entries()) {
    ledger.apply({ type: 'asked', trial, parameters: { x }, source, at: 0 });
    ledger.apply({ type: 'started', trial, slot: 0, at: 0 });
    for (const one of reports) ledger.apply({ type: 'reported', trial, report: one, at: 0 });
    const ends = {
      completed: { status: 'completed' },
      pruned: { status: 'pruned', epoch: reports.length, reason: 'poor' },
      failed: { status: 'failed', kind: 'crashed', message: 'x' },
    } as const;
    ledger.apply({ type: 'told', trial, outcome: ends[outcome], at: 0 });
  }
  return ledger;
}

describe('the expected value', () => {
  it('is found once for several views of a study, and again after an event', () => {
    const history = historyOf([{ reports: [report(1, wrong(4))] }]);
    const first = expectedValueOf(history, { definition, images });
    expect(expectedValueOf(history, { definition, images })).toBe(first);
    history.apply({ type: 'asked', trial: 1, parameters: { x: 9 }, source: 'sampler', at: 0 });
    history.apply({ type: 'started', trial: 1, slot: 0, at: 0 });
    history.apply({ type: 'reported', trial: 1, report: report(1, wrong(2)), at: 0 });
    expect(expectedValueOf(history, { definition, images })).toMatchObject({ trials: 2 });
    expect(expectedValueOf(history, { definition, images: { ...images, classes: ['x', 'y'] } })).not.toBe(first);
  });

  it('of the only trial is its own', () => {
    const history = historyOf([{ reports: [report(1, wrong(4))] }]);
    const expected = expectedValueOf(history, { definition, images });
    expect(expected).toMatchObject({ metric: 'accuracy', images: 40, trials: 1, level: 0.95 });
    expect(typeof expected === 'object' && expected.value).toBeCloseTo(0.9, 10);
  });

  it('is lower where many trials are about as good, pruned ones among them', () => {
    const played = Array.from({ length: 10 }, (_, i): Played => {
      return { reports: [report(1, wrong(4, 4 * i))], outcome: i % 2 === 0 ? 'completed' : 'pruned' };
    });
    const expected = expectedValueOf(historyOf(played), { definition, images });
    expect(typeof expected === 'object' && expected.value).toBeLessThan(0.88);
    expect(expected).toMatchObject({ trials: 10 });
  });

  it('leaves out failed trials and baselines', () => {
    const history = historyOf([
      { reports: [report(1, wrong(8))] },
      { reports: [report(1, wrong(0))], outcome: 'failed' },
      { reports: [report(1, wrong(0))], source: 'baseline' },
    ]);
    const expected = expectedValueOf(history, { definition, images });
    expect(typeof expected === 'object' && expected.value).toBeCloseTo(0.8, 10);
    expect(expected).toMatchObject({ trials: 1 });
  });

  it('takes the order of the images from the journal', () => {
    const labels = LABELS.map((_, i) => i % 2);
    const runs = labels.map((label) => [label, 1] as const);
    const history = historyOf([{ reports: [report(1, labels, labels)] }]);
    expect(expectedValueOf(history, { definition, images: { ...images, labels: runs } })).toMatchObject({ value: 1 });
    expect(expectedValueOf(history, { definition, images })).toContain('begun by an earlier version');
  });

  it('says why it is not known', () => {
    const target = definitionOf({ objective: { metric: 'target/accuracy', direction: 'maximize' } });
    const any = historyOf([{ reports: [report(1, wrong(4))] }]);
    expect(expectedValueOf(any, { definition: target, images })).toContain('each image of the target');
    const history = historyOf([{ reports: [report(1, undefined)] }]);
    expect(expectedValueOf(history, { definition, images })).toBe('the journal has no predictions of trial 0, epoch 1');
    const loss = definitionOf({ objective: { metric: 'logLoss', direction: 'minimize' } });
    expect(expectedValueOf(history, { definition: loss, images })).toContain('logLoss does not follow');
    const short = historyOf([{ reports: [report(1, [0, 1], [0, 1])] }]);
    expect(expectedValueOf(short, { definition, images })).toContain('are not those of the 40 validation images');
  });

  it('is not asked for without a value, or with another trainer', () => {
    expect(expectedValueOf(historyOf([]), { definition, images })).toBeUndefined();
    expect(expectedValueOf(historyOf([{ reports: [report(1, wrong(0))] }]), { definition })).toBeUndefined();
  });
});
