// hpo cache: what frozen features are kept on this machine, and how to be rid of them.
import type { Command } from 'commander';
import { HpoError } from '../../study/errors.js';
import type { Cli } from '../cli.js';

const MORE = `
Nothing is lost by clearing: what a study needs is computed again, with the same numbers.
Studies may run meanwhile. What they may keep is set by resources.featureBudget of a study.`;

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

export interface CacheOptions {
  readonly clear?: boolean;
  /** Bytes. */
  readonly budget?: number;
  readonly study?: string;
  readonly json?: boolean;
}

export function addCacheCommand(program: Command, cli: Cli): void {
  program
    .command('cache')
    .description('show which frozen features are kept on this machine, or remove them')
    .option('--clear', 'remove all of them, or with --study those that it was the first to need')
    .option(
      '--budget <size>',
      'remove what was not used for longest until the rest takes at most so much: 500MB, 2GB',
      parseSize,
    )
    .option('--study <name>', 'only what this study was the first to need')
    .option('--json', 'as JSON')
    .addHelpText('after', MORE)
    .action(async (options: CacheOptions) => {
      const { executeCache } = await import('../cache/execute-cache.js');
      await executeCache(cli, options);
    });
}

function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)B?$/i.exec(text.trim());
  if (match !== null) return Number(match[1]) * (UNITS[(match[2] as string).toUpperCase()] as number);
  throw new HpoError('ERR_USAGE', `expected a size such as 500MB or 2GB at --budget, got '${text}'`);
}
