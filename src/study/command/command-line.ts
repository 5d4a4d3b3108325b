// What a trial's program is started with: its arguments and environment, with the trial's parameters in their places.
import { RandomStream } from '../../math/random.js';
import type { Domains } from '../parameters.js';
import type { CommandConfiguration } from '../schema/trainer-schema.js';
import type { Assignment } from '../trial-runner.js';
import { fillTemplate, placeholdersOf } from './template.js';

/** Placeholders that every study has, beside its parameters. */
export const OWN_PLACEHOLDERS = [
  'hpo.trial',
  'hpo.seed',
  'hpo.directory',
  'hpo.reported',
  'hpo.parameters',
  'hpo.parametersFile',
] as const;

/** The file of a trial's parameters, in its folder. */
export const PARAMETERS_FILE = 'parameters.json';

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  /** As the study sets it; undefined where a parameter in the value is inactive, so the variable is not set. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Argument = string | readonly string[];
export type CommandTemplates = Pick<CommandConfiguration, 'command' | 'env'>;
type Trial = Pick<Assignment, 'trial' | 'seed' | 'directory' | 'reported' | 'parameters'>;

/** The command with a trial's values in it. @param join puts a file's name to the trial's folder. */
export function commandLine(
  { command, env = {} }: CommandTemplates,
  trial: Trial,
  join: (folder: string, name: string) => string,
): CommandLine {
  const values = valuesOf(trial, join);
  const [program = '', ...args] = command.flatMap((argument) => {
    const texts = (typeof argument === 'string' ? [argument] : argument).map((one) => fillTemplate(one, values));
    return texts.every((text) => text !== undefined) ? texts : [];
  });
  const variables = Object.entries(env).map(([name, value]) => [name, fillTemplate(value, values)] as const);
  return { program, args, env: Object.fromEntries(variables) };
}

function valuesOf(
  { trial, seed, directory, reported, parameters }: Trial,
  join: (folder: string, name: string) => string,
): ReadonlyMap<string, string> {
  return new Map([
    ['hpo.trial', String(trial)],
    ['hpo.seed', String(trialSeed(seed, trial))],
    ['hpo.directory', directory],
    ['hpo.reported', String(reported)],
    ['hpo.parameters', JSON.stringify(parameters)],
    ['hpo.parametersFile', join(directory, PARAMETERS_FILE)],
    ...Object.entries(parameters).map(([name, value]) => [name, String(value)] as const),
  ]);
}

/** A number of 31 bits for a trial, which every library takes as a seed. */
export function trialSeed(seed: number, trial: number): number {
  return RandomStream.of(seed, 'command', trial).nextUint32() >>> 1;
}

/** Every template of a command, with its path in study.json. */
export function templatesOf({ command, env = {} }: CommandTemplates): readonly PlacedTemplate[] {
  const args = command.flatMap((argument, i): PlacedTemplate[] => {
    const path = `trainer.command[${i}]`;
    if (typeof argument === 'string') return [{ path, template: argument }];
    return argument.map((template, k) => ({ path: `${path}[${k}]`, template }));
  });
  return [...args, ...Object.entries(env).map(([name, template]) => ({ path: `trainer.env.${name}`, template }))];
}

export interface PlacedTemplate {
  readonly path: string;
  readonly template: string;
}

/**
 * Parameters that have no placeholder, though others have, and that no condition of these names. A program without any placeholder, or with
 * all parameters in one, takes them from the environment or the file.
 */
export function unusedParameters(templates: CommandTemplates, space: Domains): readonly string[] {
  const used = new Set(templatesOf(templates).flatMap(({ template }) => placeholdersOf(template)));
  if (used.has('hpo.parameters') || used.has('hpo.parametersFile')) return [];
  const names = Object.keys(space);
  if (!names.some((name) => used.has(name))) return [];
  const conditions = Object.entries(space).flatMap(([name, { when = {} }]) =>
    used.has(name) ? Object.keys(when) : [],
  );
  return names.filter((name) => !used.has(name) && !conditions.includes(name));
}

/** As it would be typed into a POSIX shell. */
export function shellText(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/** A word of a shell: in quotes where it is not plain. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command as study.json writes it, for a person to read. */
export function templateText(command: readonly Argument[]): string {
  return command.map((argument) => (typeof argument === 'string' ? argument : `[${argument.join(' ')}]`)).join(' ');
}
