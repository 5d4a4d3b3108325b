// A trainer of the user's own in study.json: a JavaScript module, or a program in any language.
import { z } from 'zod';

const moduleTrainer = z
  .strictObject({
    module: z
      .string()
      .min(1)
      .describe('A JavaScript module that exports `createTrain`, or the trainer as its default export.'),
    settings: z.unknown().optional().describe('Passed to `createTrain` unchanged.'),
  })
  .describe('A JavaScript module.');

const argument = z.string().regex(/^[^\0]*$/, 'a text without NUL characters');

const commandTrainer = z
  .strictObject({
    command: z
      .array(z.union([argument, z.array(argument).min(1)]))
      .min(1)
      .describe(
        'The program and its arguments, without a shell. `{NAME}` stands for a parameter. A list within the list is left out where a parameter in it is inactive.',
      ),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of letters, digits and _'), argument)
      .optional()
      .describe('Environment variables of the program, over those of hpo. They may hold the same placeholders.'),
    grace: z
      .number()
      .min(0)
      .max(3600)
      .default(10)
      .describe('Seconds between SIGTERM and SIGKILL for a program that goes on after its trial was pruned or paused.'),
  })
  .describe('A program in any language.');

export const trainerSchema = z.union([moduleTrainer, commandTrainer]);

export type OwnTrainer = z.output<typeof trainerSchema>;
export type CommandConfiguration = z.output<typeof commandTrainer>;

export function isCommand(trainer: OwnTrainer | undefined): trainer is CommandConfiguration {
  return trainer !== undefined && 'command' in trainer;
}
