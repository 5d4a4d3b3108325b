// The library: ask, report, tell; in memory and on disk.
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CreateStudyOptions, type Pruner, type Study, createStudy } from '../../src/index.js';

const space = { x: { type: 'float', min: -1, max: 1 } } as const;
const search = { strategy: 'random', seed: 5 } as const;
const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'hpo-library-'));

/** Ends a trial that is below a half at its first report. */
const demanding: Pruner = {
  decide: ({ best }) =>
    (best?.value ?? 0) < 0.5
      ? { action: 'prune', reason: `${best?.value} is below 0.5` }
      : { action: 'continue', reason: 'good' },
};

function create(options: Partial<CreateStudyOptions> = {}): Promise<Study> {
  return createStudy({ space, search, pruner: { type: 'none' }, ...options });
}

function next(study: Study): NonNullable<ReturnType<Study['ask']>> {
  const trial = study.ask();
  if (trial === undefined) throw new Error('expected another trial');
  return trial;
}

describe('what a study hands out', () => {
  /** Writes to what the types say cannot be written. */
  const set = (target: unknown, key: string, value: unknown): void => {
    (target as Record<string, unknown>)[key] = value;
  };
  const push = (list: unknown): void => void (list as unknown[]).push(undefined);

  it('cannot be changed: parameters, records, reports, lists and events', async () => {
    const study = await create({ pruner: demanding });
    const trial = next(study);
    trial.report(1, { value: 0.7 }, { detail: { confusion: [[1, 2]] } });
    study.tell(trial);
    const [record] = study.trials;
    const report = record?.reports[0];
    const writes: [string, () => void][] = [
      ['a parameter of an asked trial', () => set(trial.parameters, 'x', 5)],
      ['a parameter of a record', () => set(record?.parameters, 'x', 5)],
      ['a new parameter', () => set(record?.parameters, 'y', 5)],
      ['a state', () => set(record, 'state', 'failed')],
      ['a value', () => set(study.best?.best, 'value', 5)],
      ['an outcome', () => set(record?.outcome, 'status', 'failed')],
      ['a metric', () => set(report?.metrics, 'value', 5)],
      ['a detail', () => set(report?.detail?.confusion?.[0], '0', 5)],
      ['the list of reports', () => push(record?.reports)],
      ['the list of trials', () => push(study.trials)],
      ['the list of trials of the history', () => push(study.history.trials)],
    ];
    for (const [what, write] of writes) expect(write, what).toThrow(TypeError);
    set(study.history.counts, 'completed', 9);
    push(study.history.failuresInARow);
    expect(study.history.counts.completed).toBe(1);
    expect(study.history.failuresInARow).toEqual([]);
  });

  it('is kept apart from what it was given: a caller may go on changing that', async () => {
    const suggestion = { x: 0.25 };
    const metrics = { value: 0.5 };
    const study = await create({ sampler: { ask: () => ({ parameters: suggestion }) } });
    const trial = next(study);
    trial.report(1, metrics);
    suggestion.x = 0.75;
    metrics.value = 9;
    expect(study.trials[0]).toMatchObject({ parameters: { x: 0.25 }, reports: [{ metrics: { value: 0.5 } }] });
  });

  it('cannot be changed by a sampler or a pruner either', async () => {
    const attempts: unknown[] = [];
    const attempt = (write: () => void): void => {
      try {
        write();
      } catch (error) {
        attempts.push(error);
      }
    };
    const study = await create({
      sampler: {
        ask(history, random) {
          attempt(() => push(history.trials));
          return { parameters: { x: random.next() } };
        },
      },
      pruner: {
        decide(trial, history) {
          attempt(() => set(trial.parameters, 'x', 0));
          attempt(() => set(history.trials, 'length', 0));
          return { action: 'continue', reason: '' };
        },
      },
    });
    next(study).report(1, { value: 1 });
    expect(attempts).toEqual(new Array(3).fill(expect.any(TypeError)));
    expect(study.trials).toHaveLength(1);
  });
});

describe('ask and tell', () => {
  it('finds the best of what it was told', async () => {
    const study = await create();
    for (let i = 0; i < 20; i++) {
      const trial = next(study);
      study.tell(trial, -((trial.parameters['x'] as number) ** 2));
    }
    const nearest = Math.min(...study.trials.map(({ parameters }) => Math.abs(parameters['x'] as number)));
    expect(Math.abs(study.best?.parameters['x'] as number)).toBe(nearest);
    expect(study.best?.best?.value).toBe(-(nearest ** 2));
  });

  it('minimizes when told to', async () => {
    const study = await create({ objective: { metric: 'loss', direction: 'minimize' } });
    for (const loss of [3, 1, 2]) study.tell(next(study), loss);
    expect(study.best?.number).toBe(1);
  });

  it('takes several trials at a time, told in any order', async () => {
    const study = await create();
    const [first, second] = [next(study), next(study)];
    study.tell(second, 1);
    study.tell(first.number, 2);
    expect(study.trials.map(({ state }) => state)).toEqual(['completed', 'completed']);
  });

  it('has nothing left beyond its total', async () => {
    const study = await create({ trials: 1 });
    study.tell(next(study), 1);
    expect(study.ask()).toBeUndefined();
    expect(study.exhausted).toBe(false);
  });

  it('has nothing left beyond its space', async () => {
    const study = await createStudy({
      space: { a: { type: 'choice', values: [true, false] } },
      search: { strategy: 'grid' },
      pruner: { type: 'none' },
    });
    study.tell(next(study), 1);
    study.tell(next(study), 2);
    expect(study.ask()).toBeUndefined();
    expect(study.exhausted).toBe(true);
  });

  it('tries first what it is given', async () => {
    const study = await create({ search: { ...search, enqueue: [{ x: 0.25 }] } });
    expect(next(study).parameters).toEqual({ x: 0.25 });
  });

  it('says what is wrong with an outcome, a missing value, and a trial that is not open', async () => {
    const study = await create();
    const trial = next(study);
    expect(() => study.tell(trial, { status: 'done' } as never)).toThrow(/outcome of a trial: status: expected/);
    expect(() => study.tell(trial)).toThrow('expected a value or a report of trial 0 before it is completed');
    study.tell(trial, 1);
    expect(() => study.tell(trial, 1)).toThrow('expected an open trial, got trial 0, which is completed');
    expect(() => study.tell(7, 1)).toThrow('expected an open trial, got trial 7, which was never asked');
  });
});

describe('reports', () => {
  it('are decided on, and what the pruner says stands when the trial is told', async () => {
    const study = await create({ pruner: demanding });
    const trial = next(study);
    expect(trial.report(1, { value: 0.6 })).toEqual({ action: 'continue', reason: 'good' });
    expect(trial.shouldPrune()).toBe(false);
    study.tell(trial);
    const worse = next(study);
    worse.report(1, { value: 0.4 });
    expect(worse.shouldPrune()).toBe(true);
    expect(worse.decision).toEqual({ action: 'prune', reason: '0.4 is below 0.5' });
    study.tell(worse);
    expect(study.trials.map(({ outcome }) => outcome)).toEqual([
      { status: 'completed' },
      { status: 'pruned', epoch: 1, reason: '0.4 is below 0.5' },
    ]);
  });

  it('may be followed by a final value, which is one more epoch unless the last one said it', async () => {
    const study = await create();
    const [first, second] = [next(study), next(study)];
    first.report(1, { value: 0.5 });
    study.tell(first, 0.5);
    second.report(1, { value: 0.5 });
    study.tell(second, 0.7);
    expect(study.trials.map(({ reports }) => reports.length)).toEqual([1, 2]);
  });

  it('decide no more once a value is told: it completes the trial, unless a report before had ended it', async () => {
    const study = await create({ pruner: demanding });
    const [good, poor, diverged] = [next(study), next(study), next(study)];
    good.report(1, { value: 0.6 });
    study.tell(good, 0.4);
    poor.report(1, { value: 0.3 });
    study.tell(poor, 0.7);
    diverged.report(1, { value: NaN });
    study.tell(diverged, 0.7);
    study.tell(next(study), 0.2);
    expect(study.trials.map(({ outcome, best }) => [outcome?.status, best?.value])).toEqual([
      ['completed', 0.6],
      ['pruned', 0.7],
      ['failed', undefined],
      ['completed', 0.2],
    ]);
  });

  it('that are not finite end the trial as diverged', async () => {
    const study = await create();
    const trial = next(study);
    trial.report(1, { value: NaN });
    expect(trial.shouldPrune()).toBe(true);
    expect(() => trial.report(2, { value: 1 })).toThrow('trial 0: expected no report after the trial diverged');
    study.tell(trial);
    study.tell(next(study), Infinity);
    expect(study.trials.map(({ outcome }) => outcome)).toMatchObject([
      { status: 'failed', kind: 'diverged', message: 'value is NaN at epoch 1' },
      { status: 'failed', kind: 'diverged', message: 'value is Infinity at epoch 1' },
    ]);
  });

  it.each<[string, number, Record<string, number>, string]>([
    ['skip an epoch', 2, { value: 1 }, 'trial 0: expected epoch 1 next, got epoch 2'],
    ['lack the objective', 1, { f1: 1 }, "trial 0: expected metric 'value' in epoch 1, got f1"],
    ['hold text', 1, { value: '1' as never }, "trial 0: expected a number as metric 'value', got '1'"],
  ])('that %s are refused', async (_, epoch, metrics, message) => {
    const study = await create();
    expect(() => next(study).report(epoch, metrics)).toThrow(message);
    expect(study.trials[0]?.reports).toEqual([]);
  });
});

describe('optimize', () => {
  it('runs a function as the trials', async () => {
    const study = await create({ trials: 15 });
    const end = await study.optimize(({ parameters }) => -Math.abs(parameters['x'] as number));
    expect(end).toEqual({ reason: 'finished' });
    expect(study.history.counts.completed).toBe(15);
  });

  it('prunes where the function asks', async () => {
    const study = await create({ trials: 10, pruner: demanding });
    await study.optimize(async (trial) => {
      for (let epoch = 1; epoch <= 5; epoch++) {
        await Promise.resolve();
        trial.report(epoch, { value: trial.parameters['x'] as number });
        if (trial.shouldPrune()) return;
      }
    });
    for (const { parameters, state, reports } of study.trials) {
      const good = (parameters['x'] as number) >= 0.5;
      expect([state, reports.length]).toEqual(good ? ['completed', 5] : ['pruned', 1]);
    }
  });

  it('runs as many at once as it has slots', async () => {
    const study = await create({ trials: 9 });
    let running = 0;
    let most = 0;
    await study.optimize(
      async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return 1;
      },
      { slots: 3 },
    );
    expect(most).toBe(3);
    expect(study.history.counts.completed).toBe(9);
  });

  it('fails a trial that throws, alone, and stops after too many in a row', async () => {
    const study = await create({ trials: 10 });
    const end = await study.optimize(({ number }) => {
      if (number === 1 || number > 2) throw new Error(`broke ${number}`);
      return 1;
    });
    expect(study.trials.map(({ state }) => state)).toEqual([
      'completed',
      'failed',
      'completed',
      ...Array(3).fill('failed'),
    ]);
    expect(end).toEqual({ reason: 'failing', cause: expect.objectContaining({ message: 'broke 5' }) as Error });
  });

  it('stops when it is told to', async () => {
    const study = await create({ trials: 10 });
    const controller = new AbortController();
    const end = await study.optimize(
      ({ number }) => {
        if (number === 2) controller.abort();
        return 1;
      },
      { signal: controller.signal },
    );
    expect(end).toEqual({ reason: 'interrupted' });
    expect(study.trials).toHaveLength(3);
  });

  it('ends at once where the function never gave a value', async () => {
    const study = await create({ trials: 10 });
    await expect(study.optimize(() => {})).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(study.trials).toHaveLength(1);
  });
});

describe('on disk', () => {
  it('a study is continued where it was, open trials first', async () => {
    const directory = newDirectory();
    const first = await create({ directory });
    const [done, open] = [next(first), next(first)];
    first.tell(done, 1);
    open.report(1, { value: 0.3 });
    await first.close();

    const second = await create({ directory });
    expect(second.trials.map(({ state }) => state)).toEqual(['completed', 'running']);
    const resumed = next(second);
    expect([resumed.number, resumed.reported, resumed.parameters]).toEqual([1, 1, open.parameters]);
    resumed.report(1, { value: 0.3 }); // known
    resumed.report(2, { value: 0.4 });
    second.tell(resumed);
    expect(second.trials[1]?.reports).toHaveLength(2);
    expect(next(second).number).toBe(2);
    await second.close();
  });

  it('a trial that was pruned just before the end is still to be pruned', async () => {
    const directory = newDirectory();
    const first = await create({ directory, pruner: demanding });
    next(first).report(1, { value: 0.1 });
    await first.close();
    const second = await create({ directory, pruner: demanding });
    expect(next(second).shouldPrune()).toBe(true);
    await second.close();
  });

  it('a study cut off anywhere asks for the same as one that was not', async () => {
    const run = async (directory: string, upTo: number): Promise<void> => {
      const study = await create({ directory, trials: 8 });
      for (let trial; study.trials.length <= upTo && (trial = study.ask()) !== undefined;) {
        study.tell(trial, trial.parameters['x'] as number);
      }
      await study.close();
    };
    const [whole, pieces] = [newDirectory(), newDirectory()];
    await run(whole, 8);
    for (const upTo of [0, 3, 5, 8]) await run(pieces, upTo);
    const record = (directory: string): string =>
      readFileSync(join(directory, 'journal.jsonl'), 'utf8').replaceAll(/"(at|crc)":"?\w+/g, '');
    expect(record(pieces)).toBe(record(whole));
  });

  it('a study has one process at a time', async () => {
    const directory = newDirectory();
    await using study = await create({ directory });
    expect(study.trials).toEqual([]);
    await expect(create({ directory })).rejects.toMatchObject({ code: 'ERR_STUDY_LOCKED' });
  });

  it('the best trial’s folder stays', async () => {
    const directory = newDirectory();
    const study = await create({ directory });
    for (const value of [1, 3, 2]) {
      const trial = next(study);
      writeFileSync(join(trial.directory as string, 'model'), String(value));
      study.tell(trial, value);
    }
    await study.close();
    expect(readdirSync(join(directory, 'trials'))).toEqual(['1']);
    expect(existsSync(join(directory, 'study.db.json'))).toBe(true);
  });

  it('a wider space extends a study, a narrower one is refused', async () => {
    const directory = newDirectory();
    const first = await create({ directory });
    first.tell(next(first), 1);
    await first.close();
    const wider = await create({ directory, space: { x: { type: 'float', min: -2, max: 1 } } });
    await wider.close();
    const narrower = create({ directory, space: { x: { type: 'float', min: 0, max: 1 } } });
    await expect(narrower).rejects.toMatchObject({
      code: 'ERR_STUDY_CHANGED',
      message: expect.stringMatching(/space\.x/) as string,
    });
    await (await create({ directory, space: { x: { type: 'float', min: -2, max: 1 } } })).close(); // not left locked
  });

  it('a sampler that proposes what cannot be kept is stopped before it harms the journal', async () => {
    const directory = newDirectory();
    const study = await create({ directory, sampler: { ask: () => ({ parameters: { x: NaN } }) } });
    expect(() => study.ask()).toThrow(/could not be read back: parameters\.x/);
    await expect(study.close()).rejects.toMatchObject({ code: 'ERR_STORE' });
    await (await create({ directory, sampler: { ask: () => undefined } })).close();
  });
});

describe('warm start', () => {
  const bayesian = { search: { strategy: 'bayesian', seed: 5 }, trials: 12 } as const;
  const bowl = ({ parameters }: { parameters: Record<string, unknown> }): number =>
    -((Number(parameters['x']) - 0.6) ** 2);

  it('begins where the other study found the best', async () => {
    const earlier = await create(bayesian);
    await earlier.optimize(bowl);
    const study = await create({ ...bayesian, warmStart: earlier });
    await study.optimize(bowl);
    expect(study.trials[0]?.note).toContain('log expected improvement');
    const distances = study.trials.slice(0, 3).map(({ parameters }) => Math.abs(Number(parameters['x']) - 0.6));
    expect(Math.min(...distances)).toBeLessThan(0.1);
  });

  it('goes on with the trials that the other study had at the beginning', async () => {
    const earlier = await create({ ...bayesian, trials: 40 });
    for (let i = 0; i < 6; i++) {
      const trial = next(earlier);
      earlier.tell(trial, bowl(trial));
    }
    const directory = newDirectory();
    const study = await create({ ...bayesian, directory, warmStart: earlier });
    const { parameters } = next(study);
    await study.close();
    const other = await create({ ...bayesian, warmStart: earlier });
    expect(next(other).parameters).toEqual(parameters);
    // What the other study learns later, or that it is not at hand any more, changes nothing.
    await earlier.optimize(bowl);
    const again = await create({ ...bayesian, directory });
    const resumed = next(again);
    expect(resumed.parameters).toEqual(parameters);
    again.tell(resumed, bowl(resumed));
    const trial = next(other);
    expect(trial.number).toBe(1);
    await again.close();
    const journal = readFileSync(join(directory, 'journal.jsonl'), 'utf8').split('\n');
    expect((JSON.parse(journal[0] ?? '') as { study: { warmStart: unknown[] } }).study.warmStart).toHaveLength(6);
  });

  it('refuses a study of something else, and a strategy without a model', async () => {
    const other = await create({ objective: { metric: 'loss', direction: 'minimize' } });
    await expect(create({ ...bayesian, warmStart: other })).rejects.toMatchObject({
      code: 'ERR_STUDY_INVALID',
      message: 'expected a study that aims to maximize value, got one to minimize loss at warmStart',
    });
    await expect(create({ warmStart: await create() })).rejects.toThrow(
      "search.warmStart: expected no value, because only 'bayesian' and 'tpe' can start from other trials",
    );
  });
});

describe('createStudy', () => {
  it('searches by Bayesian optimization unless told otherwise, the same way every time', async () => {
    const run = async (): Promise<unknown[]> => {
      const study = await createStudy({ space, trials: 14 });
      await study.optimize(({ parameters }) => -Math.abs((parameters['x'] as number) - 0.3));
      expect(study.best?.best?.value).toBeGreaterThan(-0.05);
      return study.trials.map(({ parameters }) => parameters['x']);
    };
    expect(await run()).toEqual(await run());
  });

  it('lists everything that is wrong with its options', async () => {
    const bad = { space: { x: { type: 'float', min: 2, max: 1 } }, trials: -1, colour: 'red' };
    const creating = createStudy(bad as never);
    await expect(creating).rejects.toMatchObject({ code: 'ERR_STUDY_INVALID' });
    for (const problem of [/space\.x\.min/, /search\.trials/, /colour/])
      await expect(creating).rejects.toThrow(problem);
  });

  it('refuses a pruner that wants trials to be paused', async () => {
    const pruner = { type: 'successiveHalving', form: 'promotion' } as const;
    await expect(create({ pruner })).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  it('takes a sampler of one’s own', async () => {
    const study = await create({ sampler: { ask: ({ trials }) => ({ parameters: { x: trials.length / 10 } }) } });
    expect([next(study).parameters, next(study).parameters]).toEqual([{ x: 0 }, { x: 0.1 }]);
  });
});
