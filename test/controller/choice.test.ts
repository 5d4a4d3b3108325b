// `search.choose`: a simpler or cheaper trial is gone with where it cannot be told apart from the best.
import { describe, expect, it } from 'vitest';
import { choiceText, keptTrials } from '../../src/controller/choice.js';
import { finalistsOf, leaderOf, winnerOf } from '../../src/controller/confirmation.js';
import { expectedValueOf } from '../../src/controller/expected-value.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { StudyRecord } from '../../src/study/events.js';
import type { Parameters } from '../../src/study/parameters.js';
import type { Trial } from '../../src/study/trial.js';
import { parseStudy } from '../../src/study/schema/parse-study.js';
import type { StudyDefinition } from '../../src/study/schema/parse-study.js';
import { definitionOf } from '../study/definitions.js';

const LABELS: readonly number[] = Array.from({ length: 200 }, (_, i) => (i < 100 ? 0 : 1));
const objective = { metric: 'accuracy', direction: 'maximize' } as const;

interface Played {
  readonly depth: number;
  /** Wrong predictions, from an image on. */
  readonly wrong: readonly [count: number, from: number];
  readonly seconds?: number;
}

function play(
  choose: StudyDefinition['search']['choose'],
  played: readonly Played[],
  search: Partial<StudyDefinition['search']> = {},
  record: Pick<StudyRecord, 'costs'> = {},
): HistoryLedger {
  const base = definitionOf({ objective });
  const definition = {
    ...base,
    search: { ...base.search, ...search, ...(choose === undefined ? {} : { choose }) },
  };
  const images = {
    ...{ digest: 'd', classes: ['ant', 'bee'] },
    counts: { train: [100, 100], validation: [100, 100], test: [0, 0] },
  };
  const study: StudyRecord = { name: 'a', definition, images, ...record };
  const history = new HistoryLedger(objective);
  history.apply({ type: 'created', version: 4, study, at: 0 });
  for (const [trial, { depth, wrong, seconds = 1 }] of played.entries()) {
    const [count, from] = wrong;
    const predictions = LABELS.map((label, i) => ((i - from + 200) % 200 < count ? 1 - label : label));
    const metrics = { accuracy: 1 - count / 200 };
    const parameters = { x: trial, unfreezeDepth: depth };
    history.apply({ type: 'asked', trial, parameters, source: 'sampler', at: 0 });
    history.apply({ type: 'started', trial, slot: 0, at: 0 });
    const report = { epoch: 1, metrics, seconds, detail: { confusion: [[0]], predictions } };
    history.apply({ type: 'reported', trial, report, at: 0 });
    history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
  }
  return history;
}

/** The best is deep and slow; one is nearly as good, frozen and fast; one is clearly worse, frozen and faster. */
const TRIALS: readonly Played[] = [
  { depth: 3, wrong: [20, 0], seconds: 9 },
  { depth: 0, wrong: [22, 50], seconds: 2 },
  { depth: 0, wrong: [90, 0], seconds: 1 },
  { depth: 2, wrong: [21, 100], seconds: 3 },
];

describe('search.choose', () => {
  it('is the best value where the study does not say otherwise', () => {
    expect(winnerOf(play(undefined, TRIALS))?.trial.number).toBe(0);
    expect(winnerOf(play('best', TRIALS))?.trial.number).toBe(0);
  });

  it.each(['simpler', 'cheaper'] as const)(
    '%s: the one that cannot be told apart from the best, not a worse one',
    (by) => {
      const winner = winnerOf(play(by, TRIALS));
      expect(winner?.trial.number).toBe(1);
      expect(winner?.choice).toMatchObject({ by, instead: { number: 0 } });
      expect(winner?.choice?.difference).toBeCloseTo(0.01, 10);
      // √(0.1 · 0.9 + 0.11 · 0.89) / √200: the mistakes are on different images.
      expect(winner?.choice?.error).toBeCloseTo(0.0325, 2);
    },
  );

  it('cheaper: by recorded costs, whatever the clock said', () => {
    const costs = [0, 2, 3].map((depth) => ({ depth, multiplyAccumulates: 1e9 * (1 + depth) }));
    const clocks = [1, 100, 1, 1].map((seconds, i) => ({ ...(TRIALS[i] as Played), seconds }));
    expect(winnerOf(play('cheaper', clocks))?.trial.number).toBe(0);
    expect(winnerOf(play('cheaper', clocks, {}, { costs }))?.trial.number).toBe(1);
    // The nearest depth below counts, which is that of all blocks where a trial asks for more; nothing is known of other trials.
    const known = [
      { depth: 1, multiplyAccumulates: 1e9 },
      { depth: 3, multiplyAccumulates: 5e9 },
    ];
    expect(winnerOf(play('cheaper', clocks, {}, { costs: known }))?.trial.number).toBe(3);
    const unknown = [{ depth: 0, multiplyAccumulates: 0 }];
    expect(winnerOf(play('cheaper', clocks, {}, { costs: unknown }))?.trial.number).toBe(0);
  });

  it('cheaper: the frozen part is paid whole, however early the best epoch', () => {
    // Of ten epochs both take the first: 200 for the head alone, 140 with three blocks.
    const costs = [
      { depth: 0, multiplyAccumulates: 20, parts: { view: 180, validation: 20, epoch: 0 } },
      { depth: 3, multiplyAccumulates: 47, parts: { view: 90, validation: 10, epoch: 40 } },
    ];
    const played = TRIALS.slice(0, 2);
    expect(winnerOf(play('cheaper', played, {}, { costs }))?.trial.number).toBe(0);
    // As journals of earlier versions have it.
    const averages = costs.map(({ depth, multiplyAccumulates }) => ({ depth, multiplyAccumulates }));
    expect(winnerOf(play('cheaper', played, {}, { costs: averages }))?.trial.number).toBe(1);
  });

  it('keeps the best one where the mistakes of a simpler one are the same and some more', () => {
    const history = play('simpler', [
      { depth: 3, wrong: [20, 0] },
      { depth: 0, wrong: [24, 0] },
    ]);
    expect(winnerOf(history)?.trial.number).toBe(0);
    expect(winnerOf(history)?.choice).toBeUndefined();
  });

  it('keeps the best of equally simple ones', () => {
    const same = TRIALS.map((trial) => ({ ...trial, depth: 1 }));
    expect(winnerOf(play('simpler', same))?.trial.number).toBe(0);
  });

  it('leads once all have ended, and a running trial leads where it is better than the best', () => {
    const history = play('simpler', TRIALS);
    expect(leaderOf(history)?.trial.number).toBe(1);
    history.apply({ type: 'asked', trial: 4, parameters: { x: 9, unfreezeDepth: 4 }, source: 'sampler', at: 0 });
    history.apply({ type: 'started', trial: 4, slot: 0, at: 0 });
    history.apply({ type: 'reported', trial: 4, report: { epoch: 1, metrics: { accuracy: 0.895 } }, at: 0 });
    expect(leaderOf(history)?.trial.number).toBe(1);
    history.apply({ type: 'reported', trial: 4, report: { epoch: 2, metrics: { accuracy: 0.95 } }, at: 0 });
    expect(leaderOf(history)?.trial.number).toBe(4);
  });

  it('is part of what is expected of the winner on other images', () => {
    const plain = play(undefined, TRIALS);
    const simple = play('simpler', TRIALS);
    const [best, chosen] = [plain, simple].map((history) => expectedValueOf(history, history.record as StudyRecord));
    expect(typeof best === 'object' && best.value).toBeGreaterThan(0.85);
    expect(typeof chosen === 'object' && chosen.value).toBeCloseTo(0.89, 1);
    expect(chosen).not.toEqual(best);
  });

  it('says what it was chosen instead of, with the mean of its runs', () => {
    const history = play('simpler', TRIALS, { confirm: { top: 2, repeats: 1 } });
    for (const [i, accuracy] of [0.88, 0.9].entries()) {
      const trial = TRIALS.length + i;
      // The best two are trials 0 and 3; repeated, trial 3 is better.
      const { parameters } = history.trials[i === 0 ? 0 : 3] as Trial;
      history.apply({ type: 'asked', trial, parameters, source: 'confirmation', at: 0 });
      history.apply({ type: 'started', trial, slot: 0, at: 0 });
      history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { accuracy } }, at: 0 });
      history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
    }
    // Both are compared by means: 0.8975 of trial 3, 0.89 of trial 0, which trains more blocks.
    expect(winnerOf(history)).toMatchObject({ trial: { number: 3 }, values: [0.895, 0.9] });
    expect(winnerOf(history)?.choice).toBeUndefined();
    const choice = {
      by: 'simpler',
      instead: history.trials[0] as Trial,
      value: 0.9,
      difference: 0.01,
      error: 0.0325,
    } as const;
    expect(choiceText(choice)).toBe(
      'simpler than trial 0 with 0.9000, which is better by 0.0100: less than one standard error of the difference, 0.0325',
    );
  });

  it('has the mean of the best configuration as its value', () => {
    const history = play('simpler', [TRIALS[0], { depth: 1, wrong: [21, 100] }] as Played[], {
      confirm: { top: 2, repeats: 1 },
    });
    for (const [i, accuracy] of [0.9, 0.89].entries()) {
      const trial = 2 + i;
      const { parameters } = history.trials[i] as Trial;
      history.apply({ type: 'asked', trial, parameters, source: 'confirmation', at: 0 });
      history.apply({ type: 'started', trial, slot: 0, at: 0 });
      history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { accuracy: accuracy + 0.02 } }, at: 0 });
      history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
    }
    const { trial, choice } = winnerOf(history) ?? {};
    expect([trial?.number, choice?.instead.number]).toEqual([1, 0]);
    expect(choice?.value).toBeCloseTo(0.91, 10);
    expect(choice?.difference).toBeCloseTo(0.0075, 10);
  });

  it('keeps the weights of the best five, or of as many as the study says', () => {
    expect(keptTrials({ choose: 'simpler' })).toBe(5);
    expect(keptTrials({ choose: 'cheaper', keep: 3 })).toBe(3);
    expect(keptTrials({ choose: 'best' })).toBeUndefined();
    expect(keptTrials({ keep: 2 })).toBe(2);
  });

  it('compares no trial twice while the first repeats are running', () => {
    const history = play('simpler', TRIALS, { confirm: { top: 2, repeats: 1 } });
    for (const [i, number] of [0, 3].entries()) {
      const { parameters } = history.trials[number] as Trial;
      history.apply({ type: 'asked', trial: TRIALS.length + i, parameters, source: 'confirmation', at: 0 });
    }
    expect(finalistsOf(history).map(({ trial }) => trial.number)).toEqual([0, 3, 1, 2]);
  });

  it('compares the best of those with all folds, also where others with fewer had better values', () => {
    const history = new HistoryLedger(objective);
    const validation = { folds: 3, repeats: 1, confidence: 0.8 };
    const base = definitionOf({ objective, validation });
    const definition = { ...base, search: { ...base.search, choose: 'simpler' as const } };
    history.apply({ type: 'created', version: 3, study: { name: 'a', definition }, at: 0 });
    let asked = 0;
    const train = (values: readonly number[], parameters: Parameters): number => {
      const of = asked;
      for (const [index, accuracy] of values.entries()) {
        const trial = asked++;
        const place = index === 0 ? { source: 'sampler' as const } : { source: 'fold' as const, fold: { of, index } };
        history.apply({ type: 'asked', trial, parameters, ...place, at: 0 });
        history.apply({ type: 'started', trial, slot: 0, at: 0 });
        history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { accuracy } }, at: 0 });
        if (index === 0) history.apply({ type: 'folded', trial, at: 0 });
        else history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
      }
      const isWhole = values.length === validation.folds;
      const outcome = isWhole
        ? ({ status: 'completed' } as const)
        : ({ status: 'pruned', epoch: 1, reason: 'a poor fold' } as const);
      history.apply({ type: 'told', trial: of, outcome, at: 0 });
      return of;
    };
    // Six trials with a lucky first fold and no more.
    for (let i = 0; i < 6; i++) train([0.99], { x: i, unfreezeDepth: 1 });
    const best = train([0.9, 0.8, 0.7], { x: 6, unfreezeDepth: 3 });
    const simple = train([0.88, 0.81, 0.69], { x: 7, unfreezeDepth: 0 });
    expect(finalistsOf(history).map(({ trial }) => trial.number)).toEqual([best, simple]);
    expect(winnerOf(history)).toMatchObject({ trial: { number: simple }, choice: { instead: { number: best } } });
  });

  it('is refused with a trainer of the user’s own', () => {
    const study = {
      trainer: { module: './a.mjs' },
      space: { x: { type: 'float', min: 0, max: 1 } },
      search: { choose: 'simpler' },
    };
    expect(() => parseStudy(JSON.stringify(study), 'study.json', 'a')).toThrow('search.choose: expected');
  });
});
