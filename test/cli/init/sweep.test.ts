// A sweep configuration as the beginning of a study.
import { describe, expect, it } from 'vitest';
import { studyFromSweep } from '../../../src/report/formats/wandb-sweep.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';

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

  it('says what it made of names and what it left out', () => {
    expect(notes).toContain("parameter 'lr' became learningRate.");
    expect(notes.join('\n')).toContain("parameter 'hidden_units' is left out");
    expect(notes).toContain('early_terminate.eta 2.6 became 3.');
  });

  it('makes a study that is valid once data and backbone are added', () => {
    const file = { ...study, data: { folder: 'images' }, backbone: { name: 'squeezenet1.1' } };
    expect(parseStudy(JSON.stringify(file), 'study.json', 'x').search.trials).toBe(25);
  });

  it('says everything that keeps a file from being a sweep', () => {
    expect(() => studyFromSweep({ parameters: { lr: { min: 'low' } }, run_cap: 0 })).toThrow(
      /parameters\.lr\.min: expected a number[\s\S]*run_cap: expected/,
    );
    expect(() => studyFromSweep('text')).toThrow(/expected a sweep configuration/);
  });

  it('leaves out a parameter that says nothing', () => {
    expect(studyFromSweep({ parameters: { lr: {} } })).toMatchObject({ study: { space: {} } });
  });
});
