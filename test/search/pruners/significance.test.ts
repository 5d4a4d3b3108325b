// Dropping a trial only where it is worse beyond the noise of the validation images.
import { describe, expect, it } from 'vitest';
import { createPruner } from '../../../src/search/pruners/create-pruner.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { HistoryLedger } from '../../../src/study/history.js';
import type { Objective } from '../../../src/study/objective.js';
import type { PrunerOptions } from '../../../src/study/pruner-options.js';
import { latest } from './fixtures.js';

const accuracy: Objective = { metric: 'accuracy', direction: 'maximize' };
const images = 500;
const labels = Array.from({ length: images }, (_, i) => i % 2);

/** Right on all but the first `wrong` images after `from`. */
const wrongOn = (wrong: number, from = 0): number[] =>
  labels.map((label, i) => (i >= from && i < from + wrong ? 1 - label : label));

const scoreOf = (predictions: readonly number[]) => predictions.filter((p, i) => p === labels[i]).length / images;

/** A completed trial and a running one, of an epoch each. */
function twoTrials(first: number[], second: number[], objective = accuracy, value = scoreOf): HistoryLedger {
  const history = new HistoryLedger(objective);
  const apply = (...events: TrialEvent[]): void => events.forEach((event) => history.apply(event));
  [first, second].forEach((predictions, trial) => {
    const report = {
      epoch: 1,
      metrics: { [objective.metric]: value(predictions) },
      detail: { confusion: [], predictions },
    };
    apply(
      { type: 'asked', trial, parameters: { trial }, source: 'sampler', at: 0 },
      { type: 'started', trial, slot: 0, at: 0 },
      { type: 'reported', trial, report, at: 0 },
    );
    if (trial === 0) apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
  });
  return history;
}

const median: PrunerOptions = { type: 'median', startupTrials: 1, minEpochs: 1, significance: { confidence: 0.95 } };

function decide(history: HistoryLedger, options = median) {
  const context = { epochs: 10, seed: 3, labels };
  return createPruner(options, history.objective, context).decide(latest(history), history);
}

describe('significance', () => {
  it('keeps a trial that is worse by a few images of many', () => {
    const decision = decide(twoTrials(wrongOn(75), wrongOn(80, 10)));
    expect(decision.action).toBe('continue');
    expect(decision.reason).toMatch(/^0\.84 at epoch 1 against a median of 0\.85 of 1 trial; worse on .* 95 % needed$/);
  });

  it('drops a trial that is clearly worse', () => {
    expect(decide(twoTrials(wrongOn(75), wrongOn(150, 50))).action).toBe('prune');
  });

  it('sees that a small difference is certain where the two fail on the same images', () => {
    expect(decide(twoTrials(wrongOn(75), wrongOn(87))).action).toBe('prune');
  });

  it('finds no fault in the same predictions', () => {
    const history = twoTrials(wrongOn(75), wrongOn(75), accuracy, scoreOf);
    const options: PrunerOptions = {
      type: 'threshold',
      bound: 0.849,
      minEpochs: 1,
      significance: { confidence: 0.95 },
    };
    expect(decide(history, options).action).toBe('continue');
  });

  it('holds a bound against the trial alone', () => {
    const options: PrunerOptions = { type: 'threshold', bound: 0.86, minEpochs: 1, significance: { confidence: 0.95 } };
    expect(decide(twoTrials(wrongOn(0), wrongOn(75)), options).reason).toMatch(
      /^0\.85 .* bound of 0\.86; worse on 7\d/,
    );
  });

  it('agrees with the normal approximation of a paired difference', () => {
    const history = twoTrials(wrongOn(75), wrongOn(85, 10));
    const [onlyFirst, onlySecond] = [10, 20];
    const z = (onlySecond - onlyFirst) / Math.sqrt(onlyFirst + onlySecond);
    const share = Number(/worse on ([\d.]+) %/.exec(decide(history).reason)?.[1]) / 100;
    expect(z).toBeCloseTo(1.826, 3);
    expect(Math.abs(share - 0.96)).toBeLessThan(0.02);
  });

  it('tests macro F1 from the same predictions', () => {
    const macroF1: Objective = { metric: 'macroF1', direction: 'maximize' };
    const f1 = (predictions: readonly number[]): number =>
      [0, 1].reduce((sum, label) => {
        const count = (of: (i: number) => boolean) => labels.filter((_, i) => of(i)).length;
        const both = count((i) => labels[i] === label && predictions[i] === label);
        return sum + (2 * both) / (count((i) => labels[i] === label) + count((i) => predictions[i] === label)) / 2;
      }, 0);
    const decision = decide(twoTrials(wrongOn(75), wrongOn(80, 10), macroF1, f1));
    expect(decision.reason).toContain('resampled validation sets');
  });

  it('gives the same answer each time', () => {
    const history = twoTrials(wrongOn(75), wrongOn(82, 10));
    expect(decide(history)).toEqual(decide(history));
  });

  it.each([
    ['labels', undefined, 'the validation labels are not known'],
    ['as many labels', labels.slice(1), 'trial 1 has 500 predictions of epoch 1 for 499 labels'],
  ])('keeps the plain decision, and says so, without %s', (_, known, why) => {
    const history = twoTrials(wrongOn(75), wrongOn(80, 10));
    const context = { epochs: 10, seed: 3, ...(known === undefined ? {} : { labels: known }) };
    const decision = createPruner(median, accuracy, context).decide(latest(history), history);
    expect(decision).toMatchObject({
      action: 'prune',
      reason: expect.stringContaining(`significance not tested: ${why}`),
    });
  });

  it('keeps the plain decision where a metric cannot be computed from predictions', () => {
    const loss: Objective = { metric: 'loss', direction: 'minimize' };
    const decision = decide(twoTrials(wrongOn(75), wrongOn(80, 10), loss, (predictions) => 1 - scoreOf(predictions)));
    expect(decision).toMatchObject({ action: 'prune', reason: expect.stringContaining('loss cannot be computed') });
  });

  it('keeps the plain decision where the predictions do not give the reported value', () => {
    const decision = decide(twoTrials(wrongOn(75), wrongOn(80, 10), accuracy, (p) => 100 * scoreOf(p)));
    expect(decision).toMatchObject({ action: 'prune', reason: expect.stringContaining('its predictions give 0.84') });
  });

  it('lets a paused trial go on that is out of the quota by no more than noise', () => {
    const history = twoTrials(wrongOn(75), wrongOn(80, 10));
    history.apply({ type: 'paused', trial: 1, epoch: 1, reason: 'rung', at: 0 });
    const options: PrunerOptions = { type: 'funnel', breadth: 0.5, minEpochs: 1 };
    const promote = (chosen: PrunerOptions) =>
      createPruner(chosen, accuracy, { epochs: 10, seed: 3, labels }).promote?.(history, 0);
    expect(promote(options)).toBeUndefined();
    expect(promote({ ...options, significance: { confidence: 0.95 } })).toMatchObject({
      trial: 1,
      reason: expect.stringMatching(/^0\.84 at epoch 1 is 2nd of 2 trials; 1 goes on with 0\.85 or better; worse on/),
    });
  });
});
