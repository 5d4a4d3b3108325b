// What a study may say of a command, and what is wrong with it.
import { describe, expect, it } from 'vitest';
import { HpoError } from '../../../src/study/errors.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';

const space = {
  lr: { type: 'float', min: 0.001, max: 1, scale: 'log' },
  optimizer: { type: 'choice', values: ['sgd', 'adam'] },
  momentum: { type: 'float', min: 0, max: 1, when: { optimizer: ['sgd'] } },
};

function problemsIn(trainer: object, more: object = {}): string[] {
  try {
    parseStudy(JSON.stringify({ trainer, space, ...more }), 'study.json', 'command');
    return [];
  } catch (error) {
    if (!(error instanceof HpoError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

describe('trainer.command', () => {
  it('takes placeholders in arguments, in lists and in the environment', () => {
    const command = ['python', 'train.py', '--lr={lr}', ['--momentum', '{momentum}'], '--m={momentum}', '{hpo.seed}'];
    expect(problemsIn({ command, env: { OPTIMIZER: '{optimizer}' }, grace: 3 })).toEqual([]);
    const definition = parseStudy(JSON.stringify({ trainer: { command }, space }), 'study.json', 'command');
    expect(definition.trainer).toEqual({ command, grace: 10 });
  });

  it.each<[string, object, string[]]>([
    [
      'an unknown name',
      { command: ['p', '{lrr}'] },
      [
        "trainer.command[1]: expected one of {lr}, {optimizer}, {momentum}, {hpo.trial}, {hpo.seed}, {hpo.directory}, {hpo.reported}, {hpo.parameters}, {hpo.parametersFile}, found '{lrr}'; did you mean 'lr'?",
      ],
    ],
    [
      'a lone brace',
      { command: ['p', ['{"a"', 'x}']] },
      [
        `trainer.command[1][0]: expected a parameter in braces ({{ and }} for braces themselves), found '{"a"'`,
        "trainer.command[1][1]: expected a parameter in braces ({{ and }} for braces themselves), found 'x}'",
      ],
    ],
    [
      'a parameter that is not always there, without its option',
      { command: ['p', '--momentum', '{momentum}'] },
      [
        'trainer.command[2]: expected a list with its option, such as ["--momentum", "{momentum}"], because {momentum} is not always active, found \'{momentum}\'',
      ],
    ],
    [
      'a program that differs between trials',
      { command: ['{optimizer}'] },
      ["trainer.command[0]: expected a program, without placeholders, found '{optimizer}'"],
    ],
    [
      'a list in the program’s place',
      { command: [['python']] },
      ['trainer.command[0]: expected a program, without placeholders, found ["python"]'],
    ],
    [
      'a variable of hpo’s',
      { command: ['p'], env: { HPO_SEED: '1' } },
      ["trainer.env.HPO_SEED: expected another name: HPO_… is set by hpo, found 'HPO_SEED'"],
    ],
    ['an empty command', { command: [] }, ['trainer.command: expected at least 1 entries, found []']],
    ['a number', { command: ['p', 5] }, ['trainer.command[1]: expected one of a string, an array, found 5']],
    ['an unknown key', { command: ['p'], modul: 'x' }, ["trainer.modul: unknown key; did you mean 'module'?"]],
  ])('refuses %s', (_, trainer, problems) => {
    expect(problemsIn(trainer)).toEqual(problems);
  });

  it('refuses data, and a parameter that is called as a placeholder of hpo', () => {
    expect(problemsIn({ command: ['p'] }, { data: { folder: 'x' }, space: { 'hpo.seed': space.lr } })).toEqual([
      expect.stringMatching(/^data: expected no value, because trainer.command does not use it/) as string,
      "space.hpo.seed: expected another name, because {hpo.seed} is a placeholder of its own, found 'hpo.seed'",
    ]);
  });
});
