// hpo cache: what frozen features are kept on this machine, and how to be rid of them.
import { must } from '../../system/must.js';
import type { Command } from 'commander';
import { HpoError } from '../../study/errors.js';
import type { CacheOptions } from '../cache/execute-cache.js';
import type { Cli } from '../cli.js';

const MORE = `
Clearing loses nothing: a study computes the features again, with the same numbers.
Studies can run at the same time. A study's resources.featureBudget limits the size of the cache.`;

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

export function addCacheCommand(program: Command, cli: Cli): void {
  program
    .command('cache')
    .description('show the cached features of this machine, or remove them')
    .option('--clear', 'remove all, or with --study those that this study needed first')
    .option('--budget <size>', 'remove the least recently used features until the rest fits: 500MB, 2GB', parseSize)
    .option('--study <name>', 'only features that this study needed first')
    .option('--json', 'as JSON')
    .addHelpText('after', MORE)
    .action(async (options: CacheOptions) => {
      const { executeCache } = await import('../cache/execute-cache.js');
      await executeCache(cli, options);
    });
}

function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)B?$/i.exec(text.trim());
  if (match !== null) return Number(match[1]) * UNITS[must(match[2], 'a unit').toUpperCase()]!;
  throw new HpoError('ERR_USAGE', `expected a size such as 500MB or 2GB at --budget, got '${text}'`);
}
