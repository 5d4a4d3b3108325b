// What pruned and running trials would probably have reached.
import { describe, expect, it } from 'vitest';
import { estimateLosses } from '../../src/search/estimate-losses.js';
import { HistoryLedger } from '../../src/study/history.js';
import { finish, start } from './simulation.js';

const pruned = { status: 'pruned', epoch: 2, reason: '' } as const;

/** Ten completed trials of four epochs that end at 0.50, 0.55, … 0.95, having been 0.2 lower after two epochs, ranks kept. */
function peers(): HistoryLedger {
  const history = new HistoryLedger({ metric: 'f1', direction: 'maximize' });
  for (let i = 0; i < 10; i++) {
    const final = 0.5 + 0.05 * i;
    finish(history, start(history, { x: i }), [final - 0.3, final - 0.2, final - 0.1, final]);
  }
  return history;
}

function add(history: HistoryLedger, values: readonly number[], outcome: typeof pruned | 'running' = pruned): number {
  const trial = start(history, { x: history.trials.length });
  if (outcome === 'running')
    values.forEach((value, i) =>
      history.apply({ type: 'reported', trial, report: { epoch: i + 1, metrics: { f1: value } }, at: 0 }),
    );
  else finish(history, trial, values, outcome);
  return trial;
}

const valueOf = (history: HistoryLedger, trial: number): number => -(estimateLosses(history)[trial]?.loss ?? NaN);

describe('estimateLosses', () => {
  it('a completed trial has its best epoch, beyond doubt', () => {
    const history = peers();
    const trial = add(history, [0.4, 0.8, 0.7], { status: 'completed' } as never);
    expect(estimateLosses(history)[trial]).toEqual({ loss: -0.8, doubt: 0 });
  });

  it('a pruned trial keeps its rank among those that were completed', () => {
    const history = peers();
    const [low, middle, high] = [add(history, [0.2, 0.32]), add(history, [0.3, 0.52]), add(history, [0.5, 0.72])];
    expect(valueOf(history, low)).toBeLessThan(valueOf(history, middle));
    expect(valueOf(history, middle)).toBeLessThan(valueOf(history, high));
    expect(valueOf(history, middle)).toBeCloseTo(0.72, 1);
  });

  it('never ends below its best so far, nor gains more than any trial gained from there', () => {
    const history = peers();
    const collapsed = add(history, [0.05, 0.05]);
    expect(valueOf(history, collapsed)).toBeGreaterThanOrEqual(0.05);
    expect(valueOf(history, collapsed)).toBeLessThanOrEqual(0.25 + 1e-12);
    const excellent = add(history, [0.5, 0.99]);
    expect(valueOf(history, excellent)).toBeGreaterThanOrEqual(0.99);
  });

  it('leaves less open the more epochs it has', () => {
    const history = peers();
    const [one, three] = [add(history, [0.4]), add(history, [0.4, 0.5, 0.6])];
    const estimates = estimateLosses(history);
    expect(estimates[three]?.doubt).toBeLessThan(estimates[one]?.doubt ?? 0);
    expect(estimates[three]?.doubt).toBeGreaterThan(0);
  });

  it('compares trials that were dropped at different epochs, as with rungs, as if at the end', () => {
    const history = new HistoryLedger({ metric: 'f1', direction: 'maximize' });
    // Everyone gains 0.2 from epoch 1 to 2 and 0.1 from 2 to 4; a few go on at each rung.
    finish(history, start(history, { x: 0 }), [0.5, 0.7, 0.75, 0.8]);
    const second = [0.48, 0.46].map((value) => add(history, [value, value + 0.2]));
    const first = [0.47, 0.3].map((value) => add(history, [value]));
    const estimates = estimateLosses(history);
    const values = [...second, ...first].map((trial) => -(estimates[trial]?.loss ?? NaN));
    [0.78, 0.76, 0.77, 0.6].forEach((expected, i) => expect(values[i]).toBeCloseTo(expected, 10));
    const doubts = [second[0], first[0]].map((trial) => estimates[trial ?? -1]?.doubt ?? NaN);
    expect(doubts[1]).toBeGreaterThan(doubts[0] ?? NaN);
  });

  it('those far below all that went further keep their order', () => {
    const history = peers();
    const values = [0.28, 0.2, 0.1].map((value) => valueOf(history, add(history, [0, value])));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(new Set(values).size).toBe(3);
  });

  it('without completed trials it is the best so far, with doubt', () => {
    const history = new HistoryLedger({ metric: 'f1', direction: 'maximize' });
    const trial = add(history, [0.4, 0.6]);
    expect(estimateLosses(history)[trial]).toEqual({ loss: -0.6, doubt: 1 - (2 / 3) ** 2 });
  });

  it('a running trial that has reported counts, one that has not does not', () => {
    const history = peers();
    const [reported, silent] = [add(history, [0.4, 0.6], 'running'), start(history, { x: -1 })];
    const estimates = estimateLosses(history);
    expect(estimates[reported]).toBeDefined();
    expect(estimates[silent]).toBeUndefined();
  });

  it('a failed trial has none, whatever it reported', () => {
    const history = peers();
    const trial = start(history, { x: 99 });
    finish(history, trial, [0.6, 0.7], { status: 'failed', kind: 'crashed', message: '' });
    expect(estimateLosses(history)[trial]).toBeUndefined();
  });

  it('an epoch without the metric leaves the best so far as it was', () => {
    const history = peers();
    const trial = start(history, { x: 99 });
    history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { f1: 0.6 } }, at: 0 });
    history.apply({ type: 'reported', trial, report: { epoch: 2, metrics: { f1: NaN } }, at: 0 });
    history.apply({ type: 'told', trial, outcome: pruned, at: 0 });
    expect(Number.isFinite(valueOf(history, trial))).toBe(true);
  });

  it('minimised metrics work the other way round', () => {
    const history = new HistoryLedger({ metric: 'loss', direction: 'minimize' });
    for (let i = 0; i < 6; i++) finish(history, start(history, { x: i }), [2 + i, 1 + i]);
    const trial = start(history, { x: 9 });
    finish(history, trial, [4.5], { status: 'pruned', epoch: 1, reason: '' });
    const loss = estimateLosses(history)[trial]?.loss ?? NaN;
    expect(loss).toBeGreaterThan(3.4);
    expect(loss).toBeLessThan(4.5);
  });
});
