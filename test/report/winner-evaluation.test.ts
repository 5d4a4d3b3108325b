// How sure a study is of its best trial, and what it advises.
import { describe, expect, it } from 'vitest';
import { getBackbone } from '../../src/backbones/registry.js';
import { advise } from '../../src/report/advice.js';
import { type WinnerEvaluation, evaluateWinner } from '../../src/report/winner-evaluation.js';
import { answer } from '../../src/report/page/answer.js';
import type { ReportInput } from '../../src/report/report-input.js';
import { compareDefinitions } from '../../src/study/amend.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { Parameters } from '../../src/study/parameters.js';
import type { StudyDefinition } from '../../src/study/schema/parse-study.js';
import type { Outcome } from '../../src/study/trial.js';
import { baselineOf, inputOf } from './support/input.js';

const middle = { learningRate: 1e-3, batchSize: 16, unfreezeDepth: 2, dropout: 0.3, l2: 1e-4, augmentation: 'flip' };
const completed: Outcome = { status: 'completed' };

function trial(
  number: number,
  values: readonly number[],
  parameters: Parameters = {},
  outcome = completed,
): TrialEvent[] {
  return [
    {
      type: 'asked',
      trial: number,
      parameters: { ...middle, l2: 1e-4 + number * 1e-9, ...parameters },
      source: 'sampler',
      at: 0,
    },
    { type: 'started', trial: number, slot: 0, at: 0 },
    ...values.map((macroF1, i): TrialEvent => {
      return { type: 'reported', trial: number, report: { epoch: i + 1, metrics: { macroF1 } }, at: 0 };
    }),
    { type: 'told', trial: number, outcome, at: 0 },
  ];
}

function study(total: number, ...trials: TrialEvent[][]): ReportInput {
  return inputOf({ trials: 0, total }, trials.flat());
}

const advice = (input: ReportInput): string => advise(input, evaluateWinner(input) as WinnerEvaluation).join('\n');

describe('evaluateWinner', () => {
  const input = inputOf({ trials: 60 });

  it('gives an interval around the value, from the validation images', () => {
    const { value, interval, images } = evaluateWinner(input) as WinnerEvaluation;
    expect(images).toBe(153);
    expect(interval?.low).toBeLessThan(value);
    expect(interval?.high).toBeGreaterThanOrEqual(value);
    expect(interval?.method).toContain('153 validation images');
  });

  it('is the same each time', () => expect(evaluateWinner(input)?.interval).toEqual(evaluateWinner(input)?.interval));

  it('gives none where the value does not follow from the matrix', () => {
    const confusion = [
      [5, 5],
      [5, 5],
    ];
    const events = trial(0, [0.9]).map((event): TrialEvent => {
      return event.type === 'reported' ? { ...event, report: { ...event.report, detail: { confusion } } } : event;
    });
    expect(evaluateWinner(study(1, events))?.interval).toBeUndefined();
  });

  it('takes the interval that it is given', () => {
    const interval = { low: 0.1, high: 0.9, level: 0.9, method: 'over 5 repeats' };
    expect(evaluateWinner({ ...input, interval })?.interval).toBe(interval);
  });

  it('lists the trials within the interval, best first, none that failed', () => {
    const { peers, interval, trial: best } = evaluateWinner(input) as WinnerEvaluation;
    const values = peers.map((peer) => peer.best?.value ?? 0);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(interval?.low ?? 1);
    expect(peers.map(({ number }) => number)).not.toContain(best.number);
  });

  it('has nothing to say before a trial has ended', () =>
    expect(evaluateWinner(inputOf({ trials: 1 }))).toBeUndefined());
});

describe('a trade of value for time', () => {
  /** A study of two trials within one interval whose epochs took so many seconds. */
  const told = (best: readonly number[], other: readonly number[]): string => {
    const timed = (number: number, values: readonly number[], seconds: readonly number[]): TrialEvent[] => {
      return trial(number, values).map((event): TrialEvent => {
        if (event.type !== 'reported') return event;
        return { ...event, report: { ...event.report, seconds: seconds[event.report.epoch - 1] ?? 0 } };
      });
    };
    const input = study(2, timed(0, [0.8, 0.9], best), timed(1, [0.8, 0.89], other));
    const given = { ...input, interval: { low: 0.8, high: 0.95, level: 0.95, method: 'given' } };
    return answer(given, evaluateWinner(given));
  };

  it('counts all seconds of a trial, not those of its cheap epochs', () => {
    expect(told([60, 60], [200, 0.0046])).not.toContain('The fastest of them');
  });

  it('is offered where it saves much', () => {
    expect(told([60, 60], [20, 20])).toContain(
      'The fastest of them is trial 1: 0.8900 after 40s of training instead of 2m 00s.',
    );
  });

  it('is not offered for a few seconds, nor for a small share', () => {
    expect(told([4, 4], [1, 1])).not.toContain('The fastest of them');
    expect(told([100, 100], [80, 80])).not.toContain('The fastest of them');
  });
});

describe('advise', () => {
  it('says how many trials are still to come', () => {
    expect(advice(study(10, trial(0, [0.5])))).toContain('9 of 10 trials remain');
    expect(advice(study(1, trial(0, [0.5])))).not.toContain('remain');
  });

  describe('where longer training may help', () => {
    const rising = Array.from({ length: 12 }, (_, i) => i / 20);
    const base = study(1, trial(0, rising));
    const withEpochs = (max: number): StudyDefinition => ({
      ...base.definition,
      space: { ...base.definition.space, epochs: { type: 'int', min: 2, max, scale: 'linear' } },
    });
    const searched = { ...study(1, trial(0, rising, { epochs: 12 })), definition: withEpochs(12) };

    it('says so, and only there', () => {
      expect(advice(base)).toContain('Longer training may give more');
      expect(advice(study(1, trial(0, rising.toReversed())))).not.toContain('Longer training');
    });

    it('advises a new study where this one refuses other epochs', () => {
      const longer = { ...base.definition, training: { ...base.definition.training, epochs: 24 } };
      expect(compareDefinitions(base.definition, longer).refusals).not.toEqual([]);
      expect(advice(base)).toContain('start a new study with more training.epochs');
    });

    it('advises a wider domain where the study takes it, and none where the domain has more already', () => {
      expect(compareDefinitions(searched.definition, withEpochs(24)).refusals).toEqual([]);
      expect(advice(searched)).toContain('widen space.epochs');
      expect(advice({ ...searched, definition: withEpochs(24) })).toContain('the space allows up to 24 epochs');
    });
  });

  it('offers no command that refuses the study', () => {
    const input = study(1, trial(0, [0.5]));
    const own = { ...input, definition: { ...input.definition, trainer: { module: './train.mjs' } } };
    const textOf = (given: ReportInput): string => answer(given, evaluateWinner(given));
    expect(textOf(input)).toContain('hpo export');
    expect(textOf(own)).not.toMatch(/hpo (export|train)/);
    expect(textOf(own)).toContain('trials/0');
  });

  it('says where the space should be wider: where the best and most leading trials lie', () => {
    const atEdge = Array.from({ length: 6 }, (_, i) => trial(i, [0.8 + i / 100], { learningRate: 9.9e-3 }));
    expect(advice(study(6, ...atEdge))).toMatch(
      /learningRate is 0.0099 in the best trial.*upper end of its range \(0.01\)/,
    );
    const alone = Array.from({ length: 6 }, (_, i) =>
      trial(i, [0.8 + i / 100], i === 5 ? { learningRate: 9.9e-3 } : {}),
    );
    expect(advice(study(6, ...alone))).not.toContain('learningRate');
  });

  it('does not ask for more than a field or the backbone allows', () => {
    const atTop = (definition: Partial<StudyDefinition>, parameters: Parameters): string => {
      const input = study(6, ...Array.from({ length: 6 }, (_, i) => trial(i, [0.8 + i / 100], parameters)));
      return advice({ ...input, definition: { ...input.definition, ...definition } });
    };
    const { definition } = study(1, trial(0, [0.5]));
    const spaceWith = (name: string, max: number, type: 'int' | 'float' = 'float'): StudyDefinition['space'] => ({
      ...definition.space,
      [name]: { type, min: 0, max, scale: 'linear' },
    });
    const blocks = getBackbone('mobilenetv2').blocks.length;
    const backbone = { ...definition.backbone, name: 'mobilenetv2' } as NonNullable<StudyDefinition['backbone']>;
    const depth = (max: number): string =>
      atTop({ backbone, space: spaceWith('unfreezeDepth', max, 'int') }, { unfreezeDepth: max });
    expect(depth(blocks)).not.toContain('unfreezeDepth is');
    expect(depth(blocks - 1)).toContain('unfreezeDepth is');
    const dropout = (max: number): string => atTop({ space: spaceWith('dropout', max) }, { dropout: max });
    expect(dropout(0.995)).not.toContain('dropout is');
    expect(dropout(0.6)).toContain('dropout is');
    // Nothing lies below 0, but there is always less on a scale of powers.
    const zero = atTop({ space: spaceWith('l2', 0.1) }, { l2: 0 });
    expect(zero).not.toContain('l2 is');
  });

  it('does not ask for less than a frozen backbone', () => {
    const frozen = Array.from({ length: 6 }, (_, i) => trial(i, [0.8 + i / 100], { unfreezeDepth: 0 }));
    expect(advice(study(6, ...frozen))).not.toContain('unfreezeDepth');
  });

  it('tells a search that still improves from one that has found what there is', () => {
    const values = Array.from({ length: 30 }, (_, i) => i / 100);
    const late = values.map((value, i) => trial(i, [value]));
    expect(advice(study(30, ...late))).toContain('raise search.trials');
    const early = values.toReversed().map((value, i) => trial(i, [value]));
    expect(advice(study(30, ...early))).toContain('The last 29 trials found nothing better');
  });

  it('names the kinds of failure where there are many', () => {
    const failed: Outcome = { status: 'failed', kind: 'out-of-memory', message: 'x' };
    expect(advice(study(3, trial(0, [0.5]), trial(1, [], {}, failed), trial(2, [], {}, failed)))).toContain(
      '2 trials failed (2 out-of-memory)',
    );
  });

  it('warns where transfer does not pay', () => {
    const best = trial(0, [0.5]);
    const parameters = (best[0] as { readonly parameters: Parameters }).parameters;
    const beside = (value: number): string => advice(study(1, best, baselineOf(parameters, 1, [value])));
    expect(beside(0.6)).toContain('the same configuration from random weights reaches 0.6000, as good as');
    expect(beside(0.4)).not.toContain('Transfer');
    // The baseline is none of the search's trials.
    expect(beside(0.6)).not.toContain('remain');
  });
});
