// hpo lr-find: which learning rates are worth searching, by a range test.
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';

const MORE = `
A range test trains at exponentially rising rates until the loss explodes: the head alone, and the deepest trials of the space after their
head phase. A searched field has the middle value of its domain; --set gives another value. The test uses the study's cached features. It
does not change the study.`;

export interface LrFindOptions {
  readonly json?: boolean;
  readonly out?: string;
  readonly depth?: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly repeats: number;
  readonly set: readonly (readonly [string, string])[];
}

export function addLrFindCommand(program: Command, cli: Cli): void {
  program
    .command('lr-find')
    .description('find the learning rates worth searching, by a range test with its curve')
    .argument('<study>', 'a study.json or its folder')
    .option('-o, --out <picture>', 'the curve as a picture: a .svg or .png file')
    .option('--json', 'as JSON')
    .option('--depth <blocks...>', 'unfreezeDepth to test (default: 0 and the deepest of the space)', depths)
    .option('--from <rate>', 'lowest rate', rate, 1e-6)
    .option('--to <rate>', 'highest rate', rate, 10)
    .option('--steps <n>', 'training steps, one at each rate', whole(10, 10_000), 100)
    .option('--repeats <n>', 'number of runs with different batches; the curve is their median', whole(1, 100), 3)
    .option('--set <field=value...>', 'the value of a field of training, such as batchSize=8', assignments, [])
    .addHelpText('after', MORE)
    .action(async (study: string, options: LrFindOptions) => {
      const { executeLrFind } = await import('../lr-find/execute-lr-find.js');
      cli.exitCode = await executeLrFind(cli, study, options);
    });
}

function rate(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number above 0.');
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
  };
}

function depths(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, whole(0, 10_000)(text)];
}

function assignments(
  text: string,
  before: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const [field = '', ...value] = text.split('=');
  if (field === '' || value.length === 0) throw new InvalidArgumentError('expected a field, =, and its value.');
  return [...before, [field, value.join('=')]];
}
