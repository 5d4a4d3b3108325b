// Downloads a file so that it can be interrupted anywhere and continued, and is never taken for whole before it is.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { Response } from 'undici';
import { HpoError } from '../../study/errors.js';
import { type RequestOptions, RefusedError, request, shownUrl } from './http.js';

export interface Digest {
  /** git: the SHA-1 that Git gives a file. */
  readonly algorithm: 'md5' | 'sha256' | 'sha512' | 'git';
  /** In hexadecimal. */
  readonly hex: string;
}

/** Bytes there, and bytes in all where the server tells. */
export type OnBytes = (received: number, total: number | undefined) => void;

export interface DownloadOptions extends Pick<RequestOptions, 'signal' | 'authorization' | 'network'> {
  /** What the whole file must have. */
  readonly digest?: Digest | undefined;
  readonly onProgress?: OnBytes | undefined;
}

/**
 * Fetches `url` into `file` (whose folder exists). What is there already is kept in `file.part` and continued by a range request, if the
 * server's file is still the same. A connection that breaks is taken up again as long as each attempt brings something. Throws
 * ERR_WEIGHTS where the server is out of reach or refuses, or the checksum is wrong; an abort rejects with the signal's reason.
 */
export async function download(url: string | URL, file: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${file}.part`;
  for (let before = -1; ;) {
    const outcome = await attempt(url, part, options);
    if (outcome === 'whole') break;
    if (outcome.received <= before) throw outcome.error;
    before = outcome.received;
  }
  const { digest } = options;
  const found = digest === undefined ? undefined : await digestOf(part, digest.algorithm);
  if (found !== digest?.hex) {
    await discard(part);
    const name = digest?.algorithm.toUpperCase().replace('SHA', 'SHA-');
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected ${name} ${digest?.hex}, got ${found} at ${shownUrl(url)}; the download was deleted`,
    );
  }
  await rename(part, file);
  await rm(validatorOf(part), { force: true });
}

/** Of a file, in hexadecimal. */
export async function digestOf(file: string, algorithm: Digest['algorithm']): Promise<string> {
  const hash = createHash(algorithm === 'git' ? 'sha1' : algorithm);
  if (algorithm === 'git') hash.update(`blob ${await sizeOfFile(file)}\0`);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Whole, or broken off with so many bytes there. */
type Outcome = 'whole' | { readonly received: number; readonly error: HpoError };

async function attempt(url: string | URL, part: string, options: DownloadOptions): Promise<Outcome> {
  const { signal, onProgress } = options;
  const response = await ask(url, part, options);
  const continues = response.status === 206;
  let received = continues ? await sizeOfFile(part) : 0;
  const length = Number(response.headers.get('content-length') ?? NaN);
  const total = Number.isNaN(length) ? undefined : received + length;
  const handle = await open(part, continues ? 'a' : 'w');
  try {
    // Only once nothing of an earlier file is left in the part, to which it would not belong.
    if (!continues) await writeFile(validatorOf(part), validator(response));
    onProgress?.(received, total);
    for await (const chunk of response.body ?? []) {
      await handle.appendFile(chunk as Uint8Array);
      received += (chunk as Uint8Array).byteLength;
      onProgress?.(received, total);
    }
    await handle.sync();
  } catch (cause) {
    signal?.throwIfAborted();
    return { received, error: broken(url, received, total, cause) };
  } finally {
    await handle.close();
  }
  return total === undefined || received === total ? 'whole' : { received, error: broken(url, received, total) };
}

/** Asks for what is missing; If-Range makes a server whose file has changed send the whole of it. */
async function ask(url: string | URL, part: string, options: DownloadOptions): Promise<Response> {
  const { signal, authorization, network } = options;
  const there = await sizeOfFile(part);
  const known = await readFile(validatorOf(part), 'utf8').catch(() => '');
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (there > 0 && known !== '') Object.assign(headers, { range: `bytes=${there}-`, 'if-range': known });
  const response = await request(url, { headers, signal, authorization, network });
  const fits = response.status === 200 || response.headers.get('content-range')?.startsWith(`bytes ${there}-`);
  if (response.ok && fits) return response;
  await response.body?.cancel();
  // Only a request for a part can be mended by asking for the whole.
  if (there > 0 && (response.status === 416 || response.ok)) {
    await discard(part);
    return ask(url, part, options);
  }
  throw new RefusedError(response.status, response.statusText, url);
}

function broken(url: string | URL, received: number, total: number | undefined, cause?: unknown): HpoError {
  const message = `expected ${total ?? 'more'} bytes, got ${received} before the connection broke at ${shownUrl(url)}; run again to continue`;
  return new HpoError('ERR_WEIGHTS', message, { cause });
}

/** What tells whether the server's file is still the one that the part belongs to; weak validators do not serve for ranges. */
function validator(response: Response): string {
  const tag = response.headers.get('etag') ?? '';
  return tag.startsWith('"') ? tag : (response.headers.get('last-modified') ?? '');
}

const validatorOf = (part: string): string => `${part}.validator`;

async function discard(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(validatorOf(part), { force: true });
}

async function sizeOfFile(file: string): Promise<number> {
  return stat(file).then(
    (entry) => entry.size,
    () => 0,
  );
}
