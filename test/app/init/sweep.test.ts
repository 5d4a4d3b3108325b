// A sweep configuration as the beginning of a study.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { initStudy } from '../../../src/app/init-study.js';
import { readSweep } from '../../../src/app/init/sweep/read-sweep.js';
import { studyFromSweep } from '../../../src/app/init/sweep/study-from-sweep.js';
import { AUGMENTATION_PRESETS } from '../../../src/study/augmentation-operations.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-'));
  folders.push(folder);
  return folder;
}

const sweep = {
  program: 'train.py',
  name: 'tune',
  method: 'bayes',
  run_cap: 25,
  metric: { name: 'macroF1', goal: 'maximize' },
  parameters: {
    lr: { distribution: 'log_uniform_values', min: 1e-5, max: 1e-2 },
    batch_size: { values: [8, 16, 32] },
    dropout: { min: 0.1, max: 0.5 },
    unfreezeDepth: { min: 0, max: 4 },
    epochs: { value: 9 },
    weight_decay: { distribution: 'log_uniform', min: -12, max: -4 },
    hidden_units: { values: [64, 128] },
  },
  early_terminate: { type: 'hyperband', min_iter: 3, eta: 2.6 },
};

describe('studyFromSweep', () => {
  const { study, notes } = studyFromSweep(sweep);

  it('takes over domains, constants, strategy, total, pruner and objective', () => {
    expect(study).toEqual({
      name: 'tune',
      space: {
        learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
        batchSize: { type: 'choice', values: [8, 16, 32] },
        dropout: { type: 'float', min: 0.1, max: 0.5 },
        unfreezeDepth: { type: 'int', min: 0, max: 4 },
        l2: { type: 'float', min: Math.exp(-12), max: Math.exp(-4), scale: 'log' },
      },
      training: { epochs: 9 },
      search: { strategy: 'bayesian', trials: 25 },
      pruner: { type: 'hyperband', reduction: 3, minEpochs: 3 },
      objective: { metric: 'macroF1', direction: 'maximize' },
    });
  });

  it('names that JavaScript objects have are names like others, but for __proto__', () => {
    const odd = { method: 'constructor', metric: { name: 'constructor', goal: 'maximize' } };
    const { notes } = studyFromSweep({ ...sweep, ...odd });
    expect(notes).toContain("method 'constructor' is not known; search.strategy is bayesian.");
    expect(notes).toContain("metric 'constructor' is left out: the trainer has no metric of that name.");
    const parameters = JSON.parse('{ "a": { "__proto__": 1 } }') as object;
    expect(() => studyFromSweep({ ...sweep, parameters })).toThrow('expected another name, got parameters.a.__proto__');
  });

  it('says what it made of names and what it left out', () => {
    expect(notes).toContain("parameter 'lr' became learningRate.");
    expect(notes.join('\n')).toContain("parameter 'hidden_units' is left out");
    expect(notes).toContain('early_terminate.eta 2.6 became 3.');
  });

  it('makes a study that is valid once data and backbone are added', () => {
    const file = { ...study, data: { folder: 'images' }, backbone: { name: 'squeezenet1.1' } };
    expect(parseStudy(JSON.stringify(file), 'study.json', 'x').search.trials).toBe(25);
  });

  it('leaves out what it cannot take over, names it, and takes the rest', () => {
    const { study, notes } = studyFromSweep({
      parameters: {
        lr: { min: 'low' },
        optimizer: { values: ['Adam', 'lion', 'SGD'] },
        scheduler: { values: ['cosine', 'none'] },
        epochs: { value: 0 },
        dropout: { distribution: 'log_uniform', min: 0.0001, max: 1000 },
        momentum: { values: [0.9, null] },
      },
      run_cap: 0,
      project: 'birds',
    });
    expect(study.space).toEqual({
      optimizer: { type: 'choice', values: ['adam', 'sgd'] },
      schedule: { type: 'choice', values: ['cosine', 'constant'] },
    });
    expect(study.training).toEqual({ momentum: 0.9 });
    expect(study.search).toEqual({ strategy: 'bayesian' });
    for (const [i, part] of [
      "parameter 'lr' is left out: min: expected a number",
      "parameter 'optimizer' is searched without 'lion'",
      "parameter 'epochs' is left out: epochs is at least 1, not 0",
      "parameter 'dropout' is left out: dropout is",
      "parameter 'momentum' is searched without null",
      'run_cap is left out',
      'project is left out',
    ].entries()) {
      expect(
        notes.filter((note) => note.startsWith(part)),
        `remark ${i}: ${part}`,
      ).toHaveLength(1);
    }
  });

  it('takes every augmentation preset, and leaves out names that no study has', () => {
    const { study, notes } = studyFromSweep({
      parameters: { augment: { values: [...AUGMENTATION_PRESETS, 'randaugment'] } },
    });
    expect(study.space).toEqual({ augmentation: { type: 'choice', values: [...AUGMENTATION_PRESETS] } });
    expect(notes.join()).toContain("searched without 'randaugment'");
  });

  it('refuses what is no sweep at all', () => {
    expect(() => studyFromSweep('text')).toThrow(/expected a sweep configuration/);
    expect(() => studyFromSweep({ method: 'bayes' })).toThrow(/parameters: expected an object/);
  });

  it.each([
    [
      { type: 'hyperband', s: 2, eta: 3, max_iter: 27 },
      { type: 'hyperband', reduction: 3, minEpochs: 3 },
      'max_iter and s',
    ],
    [{ type: 'hyperband', min_iter: 4, s: 2 }, { type: 'hyperband', reduction: 3, minEpochs: 4 }, 'early_terminate.s'],
    [{ type: 'hyperband', strict: true }, { type: 'hyperband', reduction: 3 }, 'early_terminate.strict'],
    [{ type: 'envelope' }, undefined, "'envelope'"],
  ])('takes over %j or names what it leaves out', (early, pruner, remark) => {
    const { study, notes } = studyFromSweep({ parameters: {}, early_terminate: early });
    expect(study.pruner).toEqual(pruner);
    expect(notes.join()).toContain(remark);
  });

  it('reads a range that is written with decimal points as one of floats, and names lines', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'sweep.yaml');
    writeFileSync(
      file,
      'parameters:\n  dropout:\n    min: 0.0\n    max: 0.5e0\n  mixup: {min: 0.0, max: 1.0}\n  width: {value: 3}\n',
    );
    const { study, notes } = await readSweep(file);
    expect(study.space).toEqual({
      dropout: { type: 'float', min: 0, max: 0.5 },
      mixup: { type: 'float', min: 0, max: 1 },
    });
    expect(notes).toEqual(["line 6: parameter 'width' is left out: the trainer has no such field."]);
  });

  it('refuses aliases that would make the file exponentially long', async () => {
    const file = join(temporaryFolder(), 'sweep.yaml');
    const lists = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map(
      (name, i) => `${name}: &${name} [${`*${'abcdefghij'[i]}, `.repeat(8)}]`,
    );
    writeFileSync(file, ['a: &a [1, 1, 1, 1, 1, 1, 1, 1]', ...lists].join('\n'));
    await expect(readSweep(file)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(/expected a sweep configuration at .*Excessive alias count/),
    });
  });

  it('takes nested parameters by their innermost name', () => {
    const optimizer = { parameters: { name: { values: ['adam', 'sgd'] }, lr: { min: 0.001, max: 0.1 } } };
    const { study, notes } = studyFromSweep({
      parameters: { optimizer, model: { parameters: { width: { value: 3 } } } },
    });
    expect(study.space).toEqual({
      optimizer: { type: 'choice', values: ['adam', 'sgd'] },
      learningRate: { type: 'float', min: 0.001, max: 0.1 },
    });
    expect(notes).toEqual([
      "parameter 'optimizer.name' became optimizer.",
      "parameter 'optimizer.lr' became learningRate.",
      "parameter 'model.width' is left out: the trainer has no such field.",
    ]);
  });

  it.each([
    [
      { min: 1, max: 4 },
      { type: 'int', min: 1, max: 4 },
    ],
    [
      { min: 1, max: 4, distribution: 'uniform' },
      { type: 'float', min: 1, max: 4 },
    ],
    [
      { min: 1, max: 4, q: 1, distribution: 'q_uniform' },
      { type: 'int', min: 1, max: 4 },
    ],
    [
      { min: 1.1, max: 4, q: 0.5, distribution: 'q_uniform' },
      { type: 'float', min: 1.5, max: 4, step: 0.5 },
    ],
    [
      { min: 1, max: 64, q: 8, distribution: 'q_log_uniform_values' },
      { type: 'int', min: 8, max: 64, scale: 'log', step: 8 },
    ],
    [
      { min: 0.5, max: 4, distribution: 'inv_log_uniform_values' },
      { type: 'float', min: 0.5, max: 4, scale: 'log' },
      'inverse',
    ],
    [
      { min: 0, max: 1, distribution: 'log_uniform_values' },
      { type: 'float', min: 0, max: 1 },
      'a log scale cannot include 0',
    ],
    [{ mu: 1, sigma: 0.25, distribution: 'normal' }, { type: 'float', min: 0.5, max: 1.5 }, 'two standard deviations'],
    [{ min: 1, max: 2, distribution: 'beta' }, { type: 'float', min: 1, max: 2 }, "'beta' has no counterpart"],
    [
      { values: [1, 2, 2], probabilities: [0.1, 0.4, 0.5] },
      { type: 'choice', values: [1, 2] },
      'without its probabilities',
    ],
  ])('%j is searched as %j', (parameter, domain, note = '') => {
    const { study, notes } = studyFromSweep({ parameters: { mixup: parameter } });
    expect(study.space).toEqual({ mixup: domain });
    expect(notes.join()).toContain(note);
  });

  it.each([[{ min: 3, max: 3 }], [{ values: [3] }], [{ value: 3 }]])('%j is a constant', (parameter) => {
    expect(studyFromSweep({ parameters: { mixup: parameter } }).study.training).toEqual({ mixup: 3 });
  });

  it.each([
    ['val_acc', 'maximize', { metric: 'accuracy', direction: 'maximize' }, 1],
    ['validation/loss', 'minimize', { metric: 'logLoss', direction: 'minimize' }, 1],
    ['macroF1', 'minimize', { metric: 'macroF1', direction: 'maximize' }, 1],
    ['reward', 'maximize', undefined, 1],
    ['macroF1', 'maximize', { metric: 'macroF1', direction: 'maximize' }, 0],
  ])('the metric %s, %s, is understood or named', (name, goal, objective, remarks) => {
    const { study, notes } = studyFromSweep({ metric: { name, goal }, parameters: {} });
    expect(study.objective).toEqual(objective);
    expect(notes).toHaveLength(remarks);
  });

  it('leaves out a parameter that says nothing', () => {
    expect(studyFromSweep({ parameters: { lr: {} } })).toMatchObject({ study: { space: {} } });
  });
});

describe('a sweep that keeps its program', () => {
  const own = {
    program: 'train.py',
    method: 'random',
    metric: { name: 'val/loss' },
    parameters: {
      lr: { distribution: 'log_uniform_values', min: 1e-5, max: 1e-2 },
      optimizer: { parameters: { name: { values: ['adam', 'sgd'] } } },
      epochs: { value: 9 },
      augment: { values: [true, false] },
    },
  };
  const read = (more: object): ReturnType<typeof studyFromSweep> =>
    studyFromSweep({ ...own, ...more }, undefined, { interpreter: 'python' });

  it('runs it with all parameters, under their own names', () => {
    const { study, notes } = read({});
    expect(study).toEqual({
      trainer: {
        command: [
          'python',
          'train.py',
          '--lr={lr}',
          '--optimizer.name={optimizer.name}',
          '--augment={augment}',
          '--epochs=9',
        ],
      },
      space: {
        lr: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
        'optimizer.name': { type: 'choice', values: ['adam', 'sgd'] },
        augment: { type: 'choice', values: [true, false] },
      },
      search: { strategy: 'random' },
      objective: { metric: 'val/loss', direction: 'minimize' },
    });
    expect(parseStudy(JSON.stringify(study), 'study.json', 'x').trainer).toEqual({ ...study.trainer, grace: 10 });
    expect(notes).toEqual([expect.stringContaining('{"epoch": 1, "metrics": {"val/loss": 0.5}}') as string]);
  });

  it.each<[(string | number)[], string[]]>([
    [
      ['${env}', 'python3', '${program}', '${args_no_hyphens}'],
      ['python3', 'train.py', 'lr={lr}', 'optimizer.name={optimizer.name}', 'augment={augment}', 'epochs=9'],
    ],
    [
      ['${interpreter}', '-m', 'torch.distributed.run', '--nproc', 2, '${program}'],
      ['python', '-m', 'torch.distributed.run', '--nproc', '2', 'train.py'],
    ],
    [
      ['./run.sh', '--config={}', '${args_json}'],
      ['./run.sh', '--config={{}}', '{hpo.parameters}'],
    ],
    [
      ['./run.sh', '${args_json_file}'],
      ['./run.sh', '{hpo.parametersFile}'],
    ],
  ])('expands %j', (command, expected) => {
    expect(read({ command }).study.trainer).toEqual({ command: expected });
  });

  it('hands constants over in JSON as choices of one value', () => {
    expect(read({ command: ['./run.sh', '${args_json}'] }).study.space['epochs']).toEqual({
      type: 'choice',
      values: [9],
    });
  });

  it('names what it cannot expand, and a metric that is missing', () => {
    const { study, notes } = read({ command: ['a', '${envvar:HOME}', '${args_no_boolean_flags}'], metric: undefined });
    expect(study.objective).toEqual({ metric: 'loss', direction: 'minimize' });
    expect(notes.join('\n')).toContain("command is left without '${envvar:HOME}'");
    expect(notes.join('\n')).toContain("'--NAME=true'");
    expect(notes.join('\n')).toContain("objective.metric is 'loss'");
  });

  it('is written by init where there are no images, and is valid', async () => {
    const folder = temporaryFolder();
    const from = join(folder, 'sweep.yaml');
    writeFileSync(
      from,
      'program: train.py\nmetric: {name: acc, goal: maximize}\nparameters:\n  lr: {min: 0.1, max: 1.0}\n',
    );
    const { file } = await initStudy({ from, out: join(folder, 'study.json') });
    const { trainer, search, data } = parseStudy(readFileSync(file, 'utf8'), file, 'x');
    expect(trainer).toMatchObject({
      command: [expect.stringMatching(/^python3?$/) as string, 'train.py', '--lr={lr}'],
    });
    expect([search.trials, data]).toEqual([30, undefined]);
    const built = await initStudy({ from, backbone: 'quicknet', out: join(folder, 'built-in.json') });
    expect(readFileSync(built.file, 'utf8')).toContain('"backbone"');
  });
});
