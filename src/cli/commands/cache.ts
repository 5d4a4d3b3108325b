// hpo cache: what frozen features are kept on this machine, and how to be rid of them.
import { must } from '../../system/must.js';
import type { Command } from 'commander';
import { HpoError } from '../../study/errors.js';
import type { FeatureCache } from '../../app/feature-cache.js';
import type { CachedFeatureGroup } from '../../features/feature-folder.js';
import { counted, formatBytes, formatDuration } from '../../system/format.js';
import { shortPath } from '../../system/short-path.js';
import { type Cli, writeJson } from '../cli.js';
import { formatTable } from '../table.js';

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
    .action((options: CacheOptions) => cache(cli, options));
}

interface CacheOptions {
  readonly clear?: boolean;
  /** Bytes. */
  readonly budget?: number;
  readonly study?: string;
  readonly json?: boolean;
}

async function cache(cli: Cli, { clear, budget, study, json }: CacheOptions): Promise<void> {
  if (clear === true && budget !== undefined) throw new HpoError('ERR_USAGE', 'expected --clear or --budget, got both');
  const { readFeatureCache, shrinkFeatureCache } = await import('../../app/feature-cache.js');
  if (clear === true || budget !== undefined) {
    const result = await shrinkFeatureCache({ study, budget });
    if (json === true) return writeJson(cli, result);
    const { files, bytes } = result.removed;
    return cli.terminal.out.line(`removed ${counted(files, 'file')}, ${formatBytes(bytes)}`);
  }
  const { folder, bytes, groups } = await readFeatureCache({ study });
  if (json === true) return writeJson(cli, { folder, bytes, kept: groups.map(keptJson) });
  print(cli, { folder, bytes, groups });
}

function print({ terminal: { out } }: Cli, { folder, bytes: all, groups }: FeatureCache): void {
  out.line(`${shortPath(folder)}: ${formatBytes(all)}`);
  if (groups.length === 0) return;
  const rows = groups.map(({ about, files, bytes, usedAt }) => [
    about?.study ?? 'not readable',
    about?.network ?? '–',
    about?.cut ?? '–',
    String(files),
    formatBytes(bytes),
    `${formatDuration(Math.max(0, Date.now() - usedAt) / 1000)} ago`,
  ]);
  const [header = '', ...lines] = formatTable(['first study', 'network', 'features', 'files', 'size', 'used'], rows);
  out.line();
  out.line(out.style.dim(header));
  for (const line of lines) out.line(line);
}

function keptJson({ about, files, bytes, usedAt }: CachedFeatureGroup): object {
  return { study: null, network: null, cut: null, ...about, files, bytes, usedAt: new Date(usedAt).toISOString() };
}

function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)B?$/i.exec(text.trim());
  if (match !== null) return Number(match[1]) * UNITS[must(match[2], 'a unit').toUpperCase()]!;
  throw new HpoError('ERR_USAGE', `expected a size such as 500MB or 2GB at --budget, got '${text}'`);
}
