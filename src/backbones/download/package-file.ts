// Takes files out of a package's tarball; nothing else of it is written, and nothing is run.
import { HpoError } from '../../study/errors.js';

/** A file that is taken may have so many bytes: it is held in memory. */
const MAX_BYTES = 512e6;

/**
 * The files of these paths, as far as they are in the tarball. npm's tarballs have everything in one folder, which has any name.
 * @throws HpoError ERR_WEIGHTS where it is no tarball, or a file is too large.
 */
export async function filesOfTarball(tarball: string, paths: readonly string[]): Promise<Map<string, Buffer>> {
  const { list } = await import('tar');
  const found = new Map<string, Buffer>();
  let problem: HpoError | undefined;
  try {
    await list({
      file: tarball,
      strict: true,
      onReadEntry(entry) {
        const path = entry.path.slice(entry.path.indexOf('/') + 1);
        if (!paths.includes(path) || entry.type !== 'File') return;
        if (entry.size > MAX_BYTES) {
          problem = new HpoError('ERR_WEIGHTS', `expected ${path} of at most ${MAX_BYTES} bytes, got ${entry.size}`);
          return;
        }
        const chunks: Buffer[] = [];
        entry.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
        entry.on('end', () => found.set(path, Buffer.concat(chunks)));
      },
    });
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new HpoError('ERR_WEIGHTS', `expected a tarball, got ${got} at ${tarball}`, { cause });
  }
  if (problem !== undefined) throw problem;
  return found;
}
