// A trial's command line.
import { execFileSync } from 'node:child_process';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  commandLine,
  quoted,
  shellText,
  templateText,
  trialSeed,
  unusedParameters,
} from '../../../src/study/command/command-line.js';
import type { Domains } from '../../../src/study/parameters.js';

const trial = { trial: 3, seed: 7, directory: '/run/trials/3', reported: 2, parameters: { lr: 1e-7, flag: true } };
const float = { type: 'float', min: 0, max: 1, scale: 'linear' } as const;

describe('commandLine', () => {
  it('puts values and its own placeholders in their places', () => {
    const command = [
      'p',
      '{lr}',
      '{flag}',
      '{hpo.trial}',
      '{hpo.reported}',
      '{hpo.parameters}',
      '{hpo.parametersFile}',
    ];
    expect(commandLine({ command, env: { SEED: '{hpo.seed}' } }, trial, posix.join)).toEqual({
      program: 'p',
      args: ['1e-7', 'true', '3', '2', '{"lr":1e-7,"flag":true}', '/run/trials/3/parameters.json'],
      env: { SEED: String(trialSeed(7, 3)) },
    });
  });

  it('leaves out what an inactive parameter stands in', () => {
    const command = ['p', '--m={momentum}', ['--nesterov', '{momentum}', '{lr}'], ['--lr', '{lr}']];
    const { args, env } = commandLine({ command, env: { M: '{momentum}' } }, trial, posix.join);
    expect(args).toEqual(['--lr', '1e-7']);
    expect(env).toEqual({ M: undefined });
  });
});

it('a trial’s seed is a number of 31 bits, another for each trial', () => {
  const seeds = Array.from({ length: 100 }, (_, i) => trialSeed(1, i));
  expect(new Set(seeds).size).toBe(100);
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
  expect(trialSeed(1, 5)).toBe(seeds[5]);
});

describe('unusedParameters', () => {
  const space: Domains = {
    lr: float,
    optimizer: { type: 'choice', values: ['sgd', 'adam'], ordinal: false },
    momentum: { ...float, when: { optimizer: ['sgd'] } },
    width: float,
  };

  it('names those without a placeholder, but not those that only a condition needs', () => {
    expect(unusedParameters({ command: ['p', '{lr}', '--m={momentum}'] }, space)).toEqual(['width']);
    expect(unusedParameters({ command: ['p', '{lr}'], env: { M: '{width}' } }, space)).toEqual([
      'optimizer',
      'momentum',
    ]);
  });

  it.each([[['p']], [['p', '{lr}', '{hpo.parameters}']], [['p', '{hpo.parametersFile}']], [['p', '{hpo.seed}']]])(
    'names none where the program reads them itself: %j',
    (command) => {
      expect(unusedParameters({ command }, space)).toEqual([]);
    },
  );
});

it.skipIf(process.platform === 'win32')('a shell takes the text for the same words', () => {
  const words = ['a b', "it's", '$HOME', '{"x":1}', '', '--lr=0.1', 'é\n'];
  const script = shellText([
    process.execPath,
    '-e',
    'console.log(JSON.stringify(process.argv.slice(1)))',
    '--',
    ...words,
  ]);
  expect(JSON.parse(execFileSync('sh', ['-c', script], { encoding: 'utf8' }))).toEqual(words);
  expect([quoted('plain-1.0'), templateText(['p', ['--a', '{a}']])]).toEqual(['plain-1.0', 'p [--a {a}]']);
});
