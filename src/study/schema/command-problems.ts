// What is wrong with a trainer's command, beside the search space that its placeholders name.
import type { Domains } from '../parameters.js';
import { OWN_PLACEHOLDERS, templatesOf } from '../command/command-line.js';
import { placeholdersOf, templateParts } from '../command/template.js';
import { hint } from '../../system/nearest.js';
import { type Problem, show } from './problems.js';
import type { CommandConfiguration } from './trainer-schema.js';

export function commandProblems(trainer: CommandConfiguration, space: Domains): Problem[] {
  return [
    ...programProblems(trainer),
    ...templatesOf(trainer).flatMap(({ path, template }) => templateProblems(path, template, space)),
    ...trainer.command.flatMap((argument, i) => conditionProblems(argument, i, space)),
    ...environmentProblems(trainer),
    ...spaceProblems(space),
  ];
}

/** The program is the same in every trial, so that it can be looked for before the first. */
function programProblems({ command: [program] }: CommandConfiguration): Problem[] {
  if (typeof program === 'string' && program !== '' && placeholdersOf(program).length === 0) return [];
  return [{ path: 'trainer.command[0]', expected: 'a program, without placeholders', found: show(program) }];
}

function templateProblems(path: string, template: string, space: Domains): Problem[] {
  if (templateParts(template) === undefined) {
    return [{ path, expected: 'a parameter in braces ({{ and }} for braces themselves)', found: show(template) }];
  }
  const names = [...Object.keys(space), ...OWN_PLACEHOLDERS];
  return placeholdersOf(template)
    .filter((name) => !names.includes(name))
    .map((name) => ({ path, expected: `one of {${names.join('}, {')}}`, found: `'{${name}}'${hint(name, names)}` }));
}

/** "--momentum", "{momentum}": without a value the option before it would take the next argument for its own. */
function conditionProblems(argument: string | readonly string[], i: number, space: Domains): Problem[] {
  if (typeof argument !== 'string' || !argument.startsWith('{')) return [];
  const name = placeholdersOf(argument).find((one) => space[one]?.when !== undefined);
  if (name === undefined) return [];
  const expected = `a list with its option, such as ["--${name}", "${argument}"], because {${name}} is not always active`;
  return [{ path: `trainer.command[${i}]`, expected, found: show(argument) }];
}

function environmentProblems({ env = {} }: CommandConfiguration): Problem[] {
  return Object.keys(env)
    .filter((name) => /^HPO_/i.test(name))
    .map((name) => ({ path: `trainer.env.${name}`, expected: 'another name: HPO_… is set by hpo', found: show(name) }));
}

function spaceProblems(space: Domains): Problem[] {
  return OWN_PLACEHOLDERS.filter((name) => Object.hasOwn(space, name)).map((name) => ({
    path: `space.${name}`,
    expected: `another name, because {${name}} is a placeholder of its own`,
    found: show(name),
  }));
}
