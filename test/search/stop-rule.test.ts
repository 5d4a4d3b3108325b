// A study ends where its next trial is expected to gain less than its stop rule asks for.
import { describe, expect, it } from 'vitest';
import { definitionOf } from '../study/definitions.js';
import { createSampler } from '../../src/search/create-sampler.js';
import { leastWorthwhile, standardError } from '../../src/search/stop-rule.js';
import { isOver } from '../../src/controller/is-over.js';
import { withFold } from '../../src/study/folds.js';
import { type History, HistoryLedger } from '../../src/study/history.js';
import { SearchSpace } from '../../src/study/space.js';
import { created, play, randomSampler } from '../controller/scene.js';
import type { Sampler } from '../../src/search/sampler.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import type { TrialEvent } from '../../src/study/events.js';
import type { Train } from '../../src/study/train.js';
import type { Report, Trial } from '../../src/study/trial.js';

const space = new SearchSpace({ x: { type: 'float', scale: 'linear', min: 0, max: 1 } });
const objective = { metric: 'f1', direction: 'maximize' } as const;

/** Best at x = 0.3, where it is 0.9. */
const smooth: Train = async function* ({ parameters }) {
  yield { epoch: 1, metrics: { f1: 0.9 - (Number(parameters['x']) - 0.3) ** 2 } };
};

function historyWith(metric: string, confusion: number[][] | undefined): HistoryLedger {
  const ledger = new HistoryLedger({ metric, direction: 'maximize' });
  const detail = confusion === undefined ? {} : { detail: { confusion } };
  ledger.apply({ type: 'asked', trial: 0, parameters: { x: 0 }, source: 'sampler', at: 0 });
  ledger.apply({ type: 'started', trial: 0, slot: 0, at: 0 });
  ledger.apply({ type: 'reported', trial: 0, report: { epoch: 1, metrics: { [metric]: 0.8 }, ...detail }, at: 0 });
  ledger.apply({ type: 'told', trial: 0, outcome: { status: 'completed' }, at: 0 });
  return ledger;
}

/** A trial in folds, each with 20 images in two classes, of which so many are wrong. */
function inFolds(repeats: number, wrong: readonly number[]): Pick<History, 'best' | 'parts' | 'objective'> {
  const confusion = (count: number): number[][] => [
    [10 - count, count],
    [0, 10],
  ];
  const report = (count: number, epoch: number): Report => {
    return { epoch, metrics: { accuracy: 1 - count / 20 }, detail: { confusion: confusion(count) } };
  };
  const [first = 0] = wrong;
  const begun: Trial = {
    ...{ number: 0, parameters: { x: 0 }, source: 'sampler', state: 'completed', askedAt: 0 },
    reports: [report(first, 1)],
    best: { epoch: 1, value: 1 - first / 20 },
  };
  // Later folds are best at later epochs: the mean of their epochs is none that the first fold has.
  const best = wrong.reduce((trial, count, index) => {
    const own = report(count, 1 + 4 * index);
    return withFold(trial, { index, trial: index, epoch: own.epoch, value: 1 - count / 20 }, own);
  }, begun);
  return { best, parts: wrong.length / repeats, objective: { metric: 'accuracy', direction: 'maximize' } };
}

describe('the standard error of a mean over folds', () => {
  it('is that of the images of all folds, whatever epochs the first has', () => {
    const folds = standardError(inFolds(1, [1, 2, 3, 2]));
    const whole = standardError(
      historyWith('accuracy', [
        [32, 8],
        [0, 40],
      ]),
    );
    expect(folds).toBe(whole);
  });

  it('counts images once that several repeats have', () => {
    expect(standardError(inFolds(2, [1, 2, 2, 1]))).toBe(standardError(inFolds(1, [1, 2])));
  });
});

describe('search.stop', () => {
  it('ends a study whose model knows the best point, and says why', async () => {
    const sampler = createSampler({ strategy: 'bayesian', stop: { improvement: 0.001 } }, space, objective, 1);
    const { end, study } = await play({ sampler, train: smooth, trials: 60 });
    expect(end.reason).toBe('enough');
    expect(end.message).toMatch(
      /trials done; the next trial is expected to improve f1 by .*, less than search\.stop asks for/,
    );
    expect(study.history.trials.length).toBeGreaterThanOrEqual(10);
    expect(study.history.trials.length).toBeLessThan(30);
    expect(study.history.best?.best?.value).toBeCloseTo(0.9, 2);
  });

  it('is not asked again by a study that was cut off among its repeats, which would teach its model', async () => {
    const sampler: Sampler = {
      ...randomSampler,
      stops: true,
      enough: ({ trials }) => (trials.length === 2 ? 'two are enough' : undefined),
    };
    const confirm = { top: 1, repeats: 2 };
    const store = new MemoryStore([created]);
    const whole = await play({ sampler, confirm, trials: 9, store });
    expect(whole.end.message).toMatch('4 trials done; two are enough');
    const events = await store.load();
    const firstRepeat = events.findIndex((event) => event.type === 'asked' && event.source === 'confirmation');
    for (let cut = firstRepeat + 1; cut <= events.length; cut++) {
      const again = await play({ sampler, confirm, trials: 9, before: events.slice(0, cut) });
      const asked = again.study.history.trials.map(({ source, parameters }) => ({ source, parameters }));
      expect(asked).toEqual(whole.study.history.trials.map(({ source, parameters }) => ({ source, parameters })));
      expect(again.end.reason).toBe('enough');
    }
  });

  it('is recorded: a study that is cut off after it, before its repeats, does not ask again', async () => {
    let asked = 0;
    const rule = (): string | undefined => (++asked === 3 ? 'enough by chance' : undefined);
    const sampler: Sampler = { ...randomSampler, stops: true, enough: rule };
    const confirm = { top: 1, repeats: 1 };
    const store = new MemoryStore([created]);
    const whole = await play({ sampler, confirm, trials: 9, store });
    const events = await store.load();
    const stopped = events.findIndex(({ type }) => type === 'stopped');
    expect(events[stopped]).toMatchObject({ reason: 'enough', message: 'enough by chance' });
    const again = await play({ sampler, confirm, trials: 9, before: events.slice(0, stopped + 1) });
    expect(again.events).toEqual(whole.events);
    expect(again.end).toEqual(whole.end);
  });

  it('stays over where the study is renamed, also by the repeats of a journal that does not record it', async () => {
    const sampler: Sampler = {
      ...randomSampler,
      stops: true,
      enough: ({ trials }) => (trials.length < 2 ? undefined : 'two'),
    };
    const options = { sampler, confirm: { top: 1, repeats: 1 }, trials: 9 };
    const store = new MemoryStore([created]);
    const whole = await play({ ...options, store });
    const { study } = created as Extract<TrialEvent, { type: 'created' }>;
    const renamed: TrialEvent = { type: 'amended', study: { ...study, name: 'other' }, changes: ['name'], at: 0 };
    const events = [...(await store.load()), renamed];
    for (const before of [events, events.filter(({ type }) => type !== 'stopped')]) {
      const again = await play({ ...options, sampler: { ...sampler, enough: () => undefined }, before });
      expect(again.study.history.trials).toHaveLength(whole.study.history.trials.length);
      expect(again.end.reason).toBe('enough');
    }
  });

  it('leaves a study that is over, for whoever reads its journal', async () => {
    const sampler: Sampler = { ...randomSampler, stops: true, enough: ({ trials }) => trials[1] && 'two are enough' };
    const { study } = await play({ sampler, trials: 9 });
    expect(isOver(study.history, { trials: 9 }, false)).toBe(true);
  });

  it('is asked again once its search was amended', async () => {
    const sampler: Sampler = {
      ...randomSampler,
      stops: true,
      enough: ({ trials }) => (trials.length === 2 ? 'two are enough' : undefined),
    };
    const store = new MemoryStore([created]);
    await play({ sampler, confirm: { top: 1, repeats: 1 }, trials: 9, store });
    const definition = definitionOf();
    const search = { ...definition.search, stop: { improvement: 0.5 } };
    const amended = {
      type: 'amended',
      study: { name: 'scene', definition: { ...definition, search } },
      changes: ['search.stop'],
      at: 0,
    } as const;
    const again = await play({ sampler, trials: 4, before: [...(await store.load()), amended] });
    expect(again.study.history.trials.map(({ source }) => source)).toEqual([
      'sampler',
      'sampler',
      'confirmation',
      'sampler',
      'sampler',
    ]);
  });

  it('goes on to the total without a rule', async () => {
    const sampler = createSampler({ strategy: 'bayesian' }, space, objective, 1);
    const { end, study } = await play({ sampler, train: smooth, trials: 14 });
    expect(end.reason).toBe('finished');
    expect(study.history.trials.length).toBe(14);
  });

  it('takes half of the statistical error for noise', () => {
    const confusion = [
      [40, 10],
      [10, 40],
    ];
    // √(0.8 · 0.2 / 100) = 0.04
    const history = historyWith('accuracy', confusion);
    expect(standardError(history)).toBeCloseTo(0.04, 2);
    expect(leastWorthwhile('noise', history)?.improvement).toBeCloseTo(0.02, 2);
  });

  it('does not know the noise of other metrics, or without predictions', () => {
    expect(
      leastWorthwhile(
        'noise',
        historyWith('logLoss', [
          [3, 1],
          [1, 3],
        ]),
      ),
    ).toBeUndefined();
    expect(leastWorthwhile('noise', historyWith('accuracy', undefined))).toBeUndefined();
    expect(leastWorthwhile({ improvement: 0.01 }, historyWith('mine', undefined))).toEqual({ improvement: 0.01 });
  });
});
