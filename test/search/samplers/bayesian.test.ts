// The Bayesian sampler: start-up, failures, pruned trials, falling back, and that it beats chance.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/math/random.js';
import { createSampler } from '../../../src/search/create-sampler.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { HistoryLedger } from '../../../src/study/history.js';
import type { Parameters } from '../../../src/study/parameters.js';
import { SearchSpace } from '../../../src/study/space.js';
import type { Outcome } from '../../../src/study/trial.js';
import { MINIMIZE, finish, simulate, start } from '../simulation.js';
import { branin, braninSpace, regrets } from './branin.js';

const OUTCOMES: readonly Outcome[] = [
  { status: 'completed' },
  { status: 'pruned', epoch: 2, reason: 'worse than the median' },
  { status: 'failed', kind: 'out-of-memory', message: '' },
  { status: 'completed' },
];
const bayesian = (space: SearchSpace) => createSampler({ strategy: 'bayesian' }, space, MINIMIZE, 1);

describe('start-up', () => {
  it('begins in the middle of every range', () => {
    const suggestion = bayesian(braninSpace).ask(new HistoryLedger(MINIMIZE), RandomStream.of(0));
    expect(suggestion).toEqual({ parameters: { x: 2.5, y: 7.5 }, note: 'start-up 1 of 4' });
  });

  it('counts what a user enqueued and what is running', () => {
    const history = new HistoryLedger(MINIMIZE);
    for (const x of [0, 1, 2]) {
      const parameters = { x, y: 2 * x };
      finish(history, start(history, parameters, 'enqueued'), [branin(parameters)]);
    }
    expect(bayesian(braninSpace).ask(history, RandomStream.of(1))?.note).toBe('start-up 4 of 4');
    start(history, { x: 5, y: 5 });
    expect(bayesian(braninSpace).ask(history, RandomStream.of(2))?.note).toMatch(
      /^expected loss \S+ \(\S+ to \S+\), log expected improvement -?\d+\.\d$/,
    );
  });

  it('counts a running trial that has reported once', () => {
    const history = new HistoryLedger(MINIMIZE);
    for (const x of [0, 1]) {
      const trial = start(history, { x, y: x });
      history.apply({ type: 'reported', trial, report: { epoch: 1, metrics: { loss: x } }, at: 0 });
    }
    expect(bayesian(braninSpace).ask(history, RandomStream.of(1))?.note).toBe('start-up 3 of 4');
  });

  it('goes on while nothing has a value, however much is running or has failed', () => {
    const history = new HistoryLedger(MINIMIZE);
    for (let i = 0; i < 12; i++) {
      const suggestion = bayesian(braninSpace).ask(history, RandomStream.of(i));
      const trial = start(history, suggestion?.parameters ?? {});
      if (i % 2 === 0) finish(history, trial, [], { status: 'failed', kind: 'crashed', message: '' });
    }
    expect(history.trials.at(-1)?.parameters).toBeDefined();
    expect(bayesian(braninSpace).ask(history, RandomStream.of(99))?.note).toBe('too few values for a model yet');
  });
});

describe('what it learns from', () => {
  it('finds lower values than random search, by more than chance allows', () => {
    // Under the hypothesis of no difference each of 8 pairs is a coin toss: all 8 has probability 1/256.
    const ours = regrets('bayesian', 24, 8);
    const theirs = regrets('random', 24, 8);
    expect(ours.filter((regret, i) => regret < (theirs[i] ?? 0)).length).toBe(8);
  });

  it('keeps out of a region where trials run out of memory', () => {
    const sampler = bayesian(braninSpace);
    const history = new HistoryLedger(MINIMIZE);
    // The best value of the left half lies at (−π, 12.3), and everything above y = 10 fails.
    for (let i = 0; i < 30; i++) {
      const { parameters } = sampler.ask(history, RandomStream.of(i)) ?? { parameters: {} };
      const trial = start(history, parameters);
      if (Number(parameters.y) > 10)
        finish(history, trial, [], { status: 'failed', kind: 'out-of-memory', message: '' });
      else finish(history, trial, [branin(parameters)]);
    }
    const lateFailures = history.trials.slice(15).filter((trial) => trial.state === 'failed').length;
    expect(lateFailures).toBeLessThanOrEqual(3);
    expect(history.best?.best?.value ?? NaN).toBeLessThan(0.1);
  });

  it('learns from pruned trials where to go, although none was completed there', () => {
    const line = new SearchSpace({ x: { type: 'float', min: 0, max: 1, scale: 'linear' } });
    const history = new HistoryLedger(MINIMIZE);
    for (const x of [0.02, 0.1, 0.16, 0.22]) finish(history, start(history, { x }), [2 + x, 1 + x]);
    for (const x of [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]) {
      finish(history, start(history, { x }), [2 + x], { status: 'pruned', epoch: 1, reason: 'worse than the median' });
    }
    const asked = Number(bayesian(line).ask(history, RandomStream.of(1))?.parameters.x);
    expect(asked).toBeLessThan(0.3);
  });

  it('a collapsed trial does not blind it to differences among good ones', () => {
    const line = new SearchSpace({ x: { type: 'float', min: 0, max: 1, scale: 'linear' } });
    const evaluate = ({ x }: Parameters): number => (Number(x) > 0.8 ? 1e12 : (Number(x) - 0.37) ** 2);
    const history = simulate(bayesian(line), evaluate, { trials: 14 });
    expect(Math.abs(Number(history.best?.parameters.x) - 0.37)).toBeLessThan(0.01);
  });
});

describe('robustness', () => {
  it('says so and goes on where the model cannot be fitted', () => {
    const history = new HistoryLedger(MINIMIZE);
    [1e300, -1e300, 1.5e300, -1.7e300, 0].forEach((value, i) =>
      finish(history, start(history, { x: i, y: i }), [value]),
    );
    const suggestion = bayesian(braninSpace).ask(history, RandomStream.of(1));
    expect(suggestion?.warning).toBe(
      'the Gaussian process could not be fitted to 5 values; a quasi-random point is used instead',
    );
    expect(suggestion && braninSpace.contains(suggestion.parameters)).toBe(true);
  });

  it('copes with equal values, and with the same parameters run again', () => {
    const history = new HistoryLedger(MINIMIZE);
    for (let i = 0; i < 6; i++) finish(history, start(history, { x: i % 2, y: 1 }), [0.5]);
    expect(bayesian(braninSpace).ask(history, RandomStream.of(1))?.warning).toBeUndefined();
  });

  it('leaves trials aside that are not of the space any more', () => {
    const history = simulate(bayesian(braninSpace), branin, { trials: 8 });
    finish(history, start(history, { x: 99, y: 1 }), [0]);
    expect(bayesian(braninSpace).ask(history, RandomStream.of(1))?.warning).toBeUndefined();
  });

  it('maximises as it minimises', () => {
    const objective = { metric: 'f1', direction: 'maximize' } as const;
    const sampler = createSampler({ strategy: 'bayesian' }, braninSpace, objective, 1);
    const history = simulate(sampler, (parameters) => -branin(parameters), { trials: 20, objective });
    const mirrored = simulate(bayesian(braninSpace), branin, { trials: 20 });
    expect(history.trials.map(({ parameters }) => parameters)).toEqual(
      mirrored.trials.map(({ parameters }) => parameters),
    );
  });

  it.each(['bayesian', 'tpe'] as const)(
    '%s answers the same in a new process, whatever was asked before',
    (strategy) => {
      const warmStart = [0, 1, 2, 3].map((x) => ({ parameters: { x, y: x + 1 }, value: branin({ x, y: x + 1 }) }));
      const options = { strategy, warmStart } as const;
      const sampler = createSampler(options, braninSpace, MINIMIZE, 1);
      const events: TrialEvent[] = [];
      const history = new HistoryLedger(MINIMIZE);
      const record = (event: TrialEvent): void => {
        events.push(event);
        history.apply(event);
      };
      for (let trial = 0; trial < 16; trial++) {
        const { parameters } = sampler.ask(history, RandomStream.of(trial)) ?? { parameters: {} };
        record({ type: 'asked', trial, parameters, source: 'sampler', at: 0 });
        record({ type: 'started', trial, slot: 0, at: 0 });
        for (let epoch = 1; epoch <= 1 + (trial % 3); epoch++) {
          record({
            type: 'reported',
            trial,
            report: { epoch, metrics: { loss: branin(parameters) + 5 / epoch } },
            at: 0,
          });
        }
        if (trial % 5 === 4) continue;
        record({ type: 'told', trial, outcome: OUTCOMES[trial % 4] as Outcome, at: 0 });
      }
      const script = fileURLToPath(new URL('ask-in-process.ts', import.meta.url));
      const output = execFileSync(process.execPath, ['--import', 'tsx', script], {
        input: JSON.stringify({ options, events }),
        encoding: 'utf8',
      });
      expect(JSON.parse(output)).toEqual(sampler.ask(history, RandomStream.of('next')));
    },
  );
});
