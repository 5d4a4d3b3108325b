// Shows and clears the folder of cached features.
import { HpoError } from '../../study/errors.js';
import { ChunkReader } from '../../features/chunk-file.js';
import { FeatureFolder, type CachedFeatureGroup, summarise } from '../../features/feature-folder.js';
import { type Cli, writeJson } from '../cli.js';
import { counted, formatBytes, formatDuration } from '../../system/format.js';
import { formatTable } from '../table.js';
import { featuresFolder } from '../../app/setup/machine.js';
import { shortPath } from '../../system/short-path.js';

export interface CacheOptions {
  readonly clear?: boolean;
  /** Bytes. */
  readonly budget?: number;
  readonly study?: string;
  readonly json?: boolean;
}

export async function executeCache(cli: Cli, { clear, budget, study, json }: CacheOptions): Promise<void> {
  if (clear === true && budget !== undefined) throw new HpoError('ERR_USAGE', 'expected --clear or --budget, got both');
  const path = featuresFolder();
  const folder = new FeatureFolder(path, Infinity);
  const isOfStudy = async (file: string): Promise<boolean> =>
    study === undefined || (await ChunkReader.about(file))?.study === study;
  if (clear === true || budget !== undefined) {
    const removed = await folder.shrinkTo(budget ?? 0, isOfStudy);
    if (json === true) return writeJson(cli, { folder: path, removed });
    return cli.terminal.out.line(`removed ${counted(removed.files, 'file')}, ${formatBytes(removed.bytes)}`);
  }
  const kept = (await summarise(folder)).filter(({ about }) => study === undefined || about?.study === study);
  if (json === true) return writeJson(cli, { folder: path, bytes: bytesOf(kept), kept: kept.map(keptJson) });
  print(cli, path, kept);
}

function print({ terminal: { out } }: Cli, path: string, kept: readonly CachedFeatureGroup[]): void {
  out.line(`${shortPath(path)}: ${formatBytes(bytesOf(kept))}`);
  if (kept.length === 0) return;
  const rows = kept.map(({ about, files, bytes, usedAt }) => [
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

function bytesOf(kept: readonly CachedFeatureGroup[]): number {
  return kept.reduce((sum, { bytes }) => sum + bytes, 0);
}

function keptJson({ about, files, bytes, usedAt }: CachedFeatureGroup): object {
  return { study: null, network: null, cut: null, ...about, files, bytes, usedAt: new Date(usedAt).toISOString() };
}
