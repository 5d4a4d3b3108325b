// What folds say of trials: effects of folds, the paired test, values for the sampler.
import { describe, expect, it } from 'vitest';
import { estimateLosses } from '../../src/search/estimate-losses.js';
import { foldEffectsOf, levelOf } from '../../src/search/fold-effects.js';
import { testFolds } from '../../src/search/fold-test.js';
import { FoldView } from '../../src/search/fold-view.js';
import { HistoryLedger } from '../../src/study/history.js';
import { must } from '../../src/system/must.js';
import { definitionOf } from '../study/definitions.js';

const FOLDS = 5;

/** Trials with these values, one for each fold; those with all folds are completed. */
function historyOf(...trials: readonly (readonly number[])[]): HistoryLedger {
  const history = new HistoryLedger({ metric: 'f1', direction: 'maximize' });
  const definition = definitionOf({ validation: { folds: FOLDS, repeats: 1, confidence: 0.8 } });
  history.apply({ type: 'created', version: 3, study: { name: 'a', definition }, at: 0 });
  const train = (trial: number, value: number, epoch = 1): void => {
    history.apply({ type: 'started', trial, slot: 0, at: 0 });
    history.apply({ type: 'reported', trial, report: { epoch, metrics: { f1: value } }, at: 0 });
  };
  for (const [x, [own = 0, ...others]] of trials.entries()) {
    const of = history.trials.length;
    history.apply({ type: 'asked', trial: of, parameters: { x }, source: 'sampler', at: 0 });
    train(of, own);
    history.apply({ type: 'folded', trial: of, at: 0 });
    for (const [i, value] of others.entries()) {
      const trial = history.trials.length;
      const fold = { of, index: i + 1 };
      history.apply({ type: 'asked', trial, parameters: { x }, source: 'fold', fold, at: 0 });
      train(trial, value);
      history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
    }
    if (others.length === FOLDS - 1) {
      history.apply({ type: 'told', trial: of, outcome: { status: 'completed' }, at: 0 });
    }
  }
  return history;
}

const effects = [0.1, 0, -0.05, -0.05, 0];
const trialOf = (level: number, folds: number): number[] => effects.slice(0, folds).map((effect) => level + effect);

describe('effects of folds', () => {
  it('are found from trials that do not have all of them, and so are the levels of trials', () => {
    const history = historyOf(trialOf(0.8, 5), trialOf(0.6, 1), trialOf(0.7, 3));
    const found = must(foldEffectsOf(history), 'effects');
    found.effects.forEach((effect, i) => expect(effect).toBeCloseTo(effects[i] ?? NaN, 10));
    expect(found.variance).toBeCloseTo(0, 12);
    const searched = history.trials.filter(({ source }) => source === 'sampler');
    const levels = searched.map(({ folds = [] }) => levelOf(folds, found.effects));
    for (const [i, level] of [0.8, 0.6, 0.7].entries()) expect(levels[i]).toBeCloseTo(level, 10);
  });

  it('have no variance that is known before two trials share two folds', () => {
    expect(foldEffectsOf(historyOf([0.8, 0.7, 0.9]))?.variance).toBeNaN();
    expect(foldEffectsOf(historyOf([0.8, 0.7], [0.7, 0.8]))).toMatchObject({ freedom: 1 });
  });

  it('are none in a study without folds', () => {
    expect(foldEffectsOf(new HistoryLedger({ metric: 'f1', direction: 'maximize' }))).toBeUndefined();
  });
});

describe('values for the sampler', () => {
  it('are for all folds, however many a trial has', () => {
    const history = historyOf(trialOf(0.8, 5), trialOf(0.6, 1), trialOf(0.7, 3));
    const estimates = estimateLosses(history);
    const searched = history.trials.filter(({ source }) => source === 'sampler');
    const levels = searched.map(({ number }) => -(estimates[number]?.loss ?? NaN));
    for (const [i, level] of [0.8, 0.6, 0.7].entries()) expect(levels[i]).toBeCloseTo(level, 10);
    expect(estimates.filter((one) => one !== undefined)).toHaveLength(3);
  });

  it('are in more doubt the fewer folds a trial has', () => {
    const history = historyOf([0.8, 0.75, 0.7, 0.78, 0.81], [0.7, 0.72, 0.6, 0.7, 0.71], [0.6, 0.5, 0.55], [0.5]);
    const doubts = history.trials
      .filter(({ source }) => source === 'sampler')
      .map(({ number }) => estimateLosses(history)[number]?.doubt ?? NaN);
    expect(doubts[0]).toBe(0);
    expect(doubts[2]).toBeGreaterThan(0);
    expect(doubts[3]).toBeGreaterThan(doubts[2] ?? NaN);
  });
});

describe('the paired test', () => {
  const leaders = [
    [0.8, 0.7, 0.75, 0.72, 0.78],
    [0.79, 0.72, 0.73, 0.74, 0.77],
  ];
  const testedOf = (...values: number[]) => {
    const history = historyOf(...leaders, values);
    const trial = must(
      history.trials.findLast(({ source }) => source === 'sampler'),
      'a trial',
    );
    return testFolds(trial, history, 0.8);
  };

  it('drops a trial that is far behind on one fold, with the numbers', () => {
    const { drop, reason } = testedOf(0.5);
    expect(drop).toBe(true);
    expect(reason).toMatch(/^f1 0\.5000 on 1 of 5 folds, where trial 5 has 0\.7900; its chance .* is 0.*20 % needed$/);
  });

  it('keeps one that is level, or ahead on an easy fold', () => {
    expect(testedOf(0.795).drop).toBe(false);
    expect(testedOf(0.9).drop).toBe(false);
  });

  it('a difference that is within chance on one fold is none any more on four', () => {
    expect(testedOf(0.778).drop).toBe(false);
    expect(testedOf(0.778, 0.708, 0.718, 0.728).drop).toBe(true);
  });

  it('compares like folds: a trial that only has the hard one is not worse for it', () => {
    // Its value is below the leader's mean, and level on the same fold.
    const history = historyOf([0.5, 0.8, 0.8, 0.8, 0.8], [0.52, 0.79, 0.8, 0.81, 0.8], [0.52]);
    const trial = must(history.trials.at(-1), 'a trial');
    expect(testFolds(trial, history, 0.8).drop).toBe(false);
  });

  it('tests nothing before the noise is known, and drops nothing at confidence 1', () => {
    const history = historyOf([0.8, 0.7, 0.75, 0.72, 0.78], [0.1]);
    const trial = must(history.trials.at(-1), 'a trial');
    expect(testFolds(trial, history, 0.8)).toMatchObject({ drop: false });
    expect(testFolds(must(historyOf(...leaders, [0.1]).trials.at(-1), 'a trial'), history, 1).drop).toBe(false);
  });
});

it('a view of one fold has the trials that train it, as if it were the whole study', () => {
  const history = historyOf([0.8, 0.7, 0.75], [0.6]);
  const first = new FoldView(history, 0);
  expect(first.trials.map(({ source }) => source)).toEqual(['sampler', 'fold', 'fold', 'sampler']);
  expect(first.trials[0]).toMatchObject({ state: 'completed', best: { epoch: 1, value: 0.8 } });
  const second = new FoldView(history, 1);
  expect(second.trials.map(({ source }) => source)).toEqual(['fold', 'sampler', 'fold', 'fold']);
  expect(second.trials[1]?.best?.value).toBe(0.7);
});
