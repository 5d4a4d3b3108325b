// What lies in a folder of kept features, put together by what it is of.
import { type ChunkAbout, ChunkReader } from './chunk-file.js';
import type { FeatureFolder } from './feature-folder.js';

export interface KeptFeatures {
  /** Missing in files of another version, and in damaged ones: nothing reads them any more. */
  readonly about: Pick<ChunkAbout, 'study' | 'network' | 'cut'> | undefined;
  readonly files: number;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
}

/** By study, network and cut, the largest first. */
export async function summarise(folder: FeatureFolder): Promise<KeptFeatures[]> {
  const groups = new Map<string, KeptFeatures>();
  for (const { path, bytes, usedAt } of await folder.list()) {
    const found = await ChunkReader.about(path);
    const about = found === undefined ? undefined : { study: found.study, network: found.network, cut: found.cut };
    const key = JSON.stringify(about);
    const known = groups.get(key) ?? { about, files: 0, bytes: 0, usedAt: 0 };
    groups.set(key, {
      about,
      files: known.files + 1,
      bytes: known.bytes + bytes,
      usedAt: Math.max(known.usedAt, usedAt),
    });
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}
