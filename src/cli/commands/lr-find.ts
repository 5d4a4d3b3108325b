// hpo lr-find: which learning rates are worth searching, by a range test.
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { HpoError } from '../../study/errors.js';
import type { Parameters, Scalar } from '../../study/parameters.js';
import { shortPath } from '../../system/short-path.js';
import { type Cli, writeJson } from '../cli.js';
import { EXIT } from '../exit-code.js';
import { messagesTo } from '../messages.js';
import { OFFLINE } from '../offline-option.js';

const MORE = `
A range test trains at exponentially rising rates until the loss explodes: the head alone, and the deepest trials of the space after their
head phase. A searched field has the middle value of its domain; --set gives another value. The test uses the study's cached features. It
does not change the study.`;

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
    .option('--set <field=value...>', 'the value of a field of training, such as batchSize=8', assignments)
    .option(...OFFLINE)
    .addHelpText('after', MORE)
    .action((study: string, options: LrFindOptions) => lrFind(cli, study, options));
}

interface LrFindOptions {
  readonly json?: boolean;
  readonly out?: string;
  readonly depth?: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly repeats: number;
  readonly set?: Parameters;
  readonly offline?: boolean;
}

/** Failed where the curves suggest nothing. */
async function lrFind(cli: Cli, study: string, { depth, out: picture, json, ...rest }: LrFindOptions): Promise<void> {
  if (picture !== undefined && !/\.(svg|png)$/i.test(picture)) {
    throw new HpoError('ERR_USAGE', `expected a file that ends with .svg or .png at --out, got ${picture}`);
  }
  const { findLearningRates } = await import('../../app/find-learning-rates.js');
  const { boundsOf } = await import('../../trainer/range-test/rate-curve.js');
  const { lrFindLines } = await import('../lr-find/lr-find-text.js');
  const { out, err } = cli.terminal;
  const onProgress = (message: string): void => err.line(err.style.dim(message));
  const result = await findLearningRates(study, { ...rest, depths: depth, ...messagesTo(err), onProgress });
  if (json === true) {
    const { tested, ...found } = result;
    writeJson(cli, { ...found, tested: tested.map((one) => ({ ...one, bounds: boundsOf(one.curve) ?? null })) });
  } else {
    for (const line of lrFindLines(result, out.style, out.columns)) out.line(line);
  }
  if (picture !== undefined) {
    const { writeRatePicture } = await import('../lr-find/rate-picture.js');
    await writeRatePicture(picture, result);
    err.line(shortPath(resolve(picture)));
  }
  cli.exitCode = result.suggestions.length > 0 ? EXIT.done : EXIT.failed;
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

function assignments(text: string, before: Parameters = {}): Parameters {
  const [field = '', ...parts] = text.split('=');
  if (field === '' || parts.length === 0) throw new InvalidArgumentError('expected a field, =, and its value.');
  return { ...before, [field]: valueOf(parts.join('=')) };
}

function valueOf(text: string): Scalar {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
