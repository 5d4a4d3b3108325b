// A study as Optuna's journal; read by Optuna itself where a Python has it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OptunaMirror, exportOptuna } from '../../../src/report/formats/optuna-journal.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { fakeDefinition, fakeEvents, historyOf } from '../../dashboard/support/fake-study.js';
import { baselineOf } from '../support/input.js';
import { pythonWith } from '../support/python.js';

const options = { trials: 40, slots: 3, detail: false };
const events = fakeEvents(options);
const parse = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('exportOptuna', () => {
  const lines = parse(exportOptuna(events));

  it('begins with the study and its direction', () => {
    expect(lines[0]).toEqual({ op_code: 0, worker_id: 'hpo', study_name: 'ants-bees', directions: [2] });
  });

  it('has a line for each trial, epoch and end', () => {
    const count = (code: number): number => lines.filter(({ op_code }) => op_code === code).length;
    expect(count(4)).toBe(40);
    expect(count(7)).toBe(events.filter(({ type }) => type === 'reported').length);
    expect(count(6)).toBe(events.filter(({ type }) => type === 'told').length);
  });

  it('gives choices by their index and numbers as they are', () => {
    const { params, distributions } = lines.find(({ op_code }) => op_code === 4) as {
      params: Record<string, number>;
      distributions: Record<string, string>;
    };
    const { parameters } = events.find(({ type }) => type === 'asked') as Extract<TrialEvent, { type: 'asked' }>;
    expect(params['learningRate']).toBe(parameters['learningRate']);
    const { attributes } = JSON.parse(distributions['augmentation'] ?? '') as { attributes: { choices: string[] } };
    expect(attributes.choices[params['augmentation'] ?? -1]).toBe(parameters['augmentation']);
  });

  it('writes a value that is missing as the bare word NaN', () => {
    const mirror = new OptunaMirror(fakeDefinition(options));
    const report = { epoch: 1, metrics: { loss: 1 } };
    expect(mirror.lines({ type: 'reported', trial: 0, report, at: 0 })).toContain('"intermediate_value":NaN}');
  });

  it('makes a trial without a value a failed one, which Optuna asks for', () => {
    const mirror = new OptunaMirror(fakeDefinition(options));
    const text = mirror.lines({ type: 'told', trial: 0, outcome: { status: 'completed' }, at: 0 });
    expect(parse(text).at(-1)).toMatchObject({ state: 3, values: null });
  });

  it('keeps a baseline out of what Optuna ranks', () => {
    const { parameters } = events.find(({ type }) => type === 'asked') as Extract<TrialEvent, { type: 'asked' }>;
    const lines = parse(exportOptuna([...events, ...baselineOf(parameters, 40, [0.99])]));
    expect(lines.findLast(({ op_code }) => op_code === 4)).toMatchObject({ user_attrs: { source: 'baseline' } });
    expect(lines.at(-1)).toMatchObject({ trial_id: 40, state: 3, values: null });
    expect(lines.at(-2)).toMatchObject({
      user_attr: { reason: expect.stringContaining('random weights: 0.99') as string },
    });
  });

  it('keeps a repeat out of the completed trials, which Optuna takes its best from', () => {
    const { parameters } = events.find(({ type }) => type === 'asked') as Extract<TrialEvent, { type: 'asked' }>;
    const repeat = baselineOf(parameters, 40, [0.99]).map((event): TrialEvent => {
      return event.type === 'asked' ? { ...event, source: 'confirmation' } : event;
    });
    expect(parse(exportOptuna([...events, ...repeat])).at(-1)).toMatchObject({
      trial_id: 40,
      state: 2,
      values: [0.99],
    });
  });

  it('is the same line by line as at once', () => {
    const mirror = new OptunaMirror(fakeDefinition(options));
    expect(events.map((event) => mirror.lines(event)).join('')).toBe(exportOptuna(events));
  });

  it('uses the widened choices for all trials, as Optuna wants them to be the same', () => {
    const created = events[0] as Extract<TrialEvent, { type: 'created' }>;
    const definition = fakeDefinition(options);
    const batchSize = { type: 'choice', values: [4, 8, 16, 32, 64], ordinal: true } as const;
    const wider = { ...definition.space, batchSize };
    const study = { name: created.study.name, definition: { ...definition, space: wider } };
    const amended = parse(exportOptuna([...events, { type: 'amended', study, changes: [], at: 0 }]));
    const choices = amended.flatMap(({ distributions }) =>
      distributions === undefined ? [] : [(distributions as Record<string, string>)['batchSize']],
    );
    expect(new Set(choices).size).toBe(1);
    expect(choices[0]).toContain('[4,8,16,32,64]');
  });

  it('names what is missing in a list of events without a study', () => {
    expect(() => exportOptuna([])).toThrow(/expected a journal that begins with 'created'/);
  });
});

const python = pythonWith('optuna');
describe.skipIf(python === undefined)('Optuna (skipped where no python3 imports optuna)', () => {
  it('opens the journal, agrees on the best trial and appends to it', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'hpo-optuna-')), 'journal.log');
    writeFileSync(path, exportOptuna(events));
    const script = `
import json, sys, optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.load_study(study_name="ants-bees", storage=JournalStorage(JournalFileBackend(sys.argv[1])))
best = study.best_trial
study.optimize(lambda trial: trial.suggest_float("dropout", 0, 0.6), n_trials=1)
print(json.dumps([best.number, best.value, best.params, len(study.trials)]))`;
    const { stdout, stderr } = spawnSync(python as string, ['-c', script, path], { encoding: 'utf8' });
    const best = historyOf(events).best;
    expect(JSON.parse(stdout || stderr)).toEqual([best?.number, best?.best?.value, best?.parameters, 41]);
  });
});
