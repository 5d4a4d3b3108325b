// The program and command of a sweep as a trainer's command. Macros: the W&B reference "Sweep configuration options", `command`.
import { ownValue } from '../../../system/own.js';

export interface SweptCommand {
  readonly program: string | undefined;
  /** As the sweep has it; undefined where it has none. */
  readonly command: readonly string[] | undefined;
  /** What `${interpreter}` stands for. */
  readonly interpreter: string;
  /** Searched parameters, by name. */
  readonly searched: readonly string[];
  /** Parameters of one value. */
  readonly constants: Readonly<Record<string, string | number | boolean>>;
}

/** What W&B runs where a sweep names a program alone. */
const USUAL = ['${env}', '${interpreter}', '${program}', '${args}'];
/** Arguments that hold all parameters as JSON. */
const IN_JSON: Readonly<Record<string, string>> = {
  '${args_json}': '{hpo.parameters}',
  '${args_json_file}': '{hpo.parametersFile}',
};

/** Whether constants reach the program as parameters, since one argument holds all of them. */
export function wantsJson(command: readonly string[] = USUAL): boolean {
  return command.some((word) => Object.hasOwn(IN_JSON, word));
}

/** @param note takes a remark about the command. */
export function trainerCommand(swept: SweptCommand, note: (remark: string) => void): string[] {
  return (swept.command ?? USUAL).flatMap((word) => expanded(word, swept, note));
}

function expanded(word: string, swept: SweptCommand, note: (remark: string) => void): string[] {
  const whole = ownValue(IN_JSON, word);
  if (whole !== undefined) return [whole];
  switch (word) {
    case '${env}': // finds the interpreter in PATH, as hpo does
      return [];
    case '${args}':
      return argumentsOf(swept, '--');
    case '${args_no_hyphens}':
      return argumentsOf(swept, '');
    case '${args_no_boolean_flags}':
      note("has ${args_no_boolean_flags}: parameters of true and false became '--NAME=true' and '--NAME=false'.");
      return argumentsOf(swept, '--');
  }
  const text = word
    .replaceAll('${interpreter}', swept.interpreter)
    .replaceAll('${program}', swept.program ?? '')
    .trim();
  if (!text.includes('${')) return [literal(text)];
  note(`is left without '${word}': it has no counterpart (trainer.env sets variables).`);
  return [];
}

function argumentsOf({ searched, constants }: SweptCommand, dashes: string): string[] {
  return [
    ...searched.map((name) => `${literal(dashes + name)}={${name}}`),
    ...Object.entries(constants).map(([name, value]) => literal(`${dashes}${name}=${value}`)),
  ];
}

/** Text without placeholders. */
function literal(text: string): string {
  return text.replaceAll('{', '{{').replaceAll('}', '}}');
}
