// Downloads from a server that breaks off, changes its file, or is not there.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { download } from '../../../src/backbones/download/download.js';
import { fileServer } from './file-server.js';
import { temporaryFolder } from '../weights/temporary-folder.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const md5 = createHash('md5').update(content).digest('hex');
const MD5 = { algorithm: 'md5', hex: md5 } as const;
const target = (): string => join(temporaryFolder(), 'weights.h5');
const entries = (file: string): string[] => readdirSync(dirname(file)).sort();

/** Leaves `bytes` of the file there, as a download that was cut off does. */
async function cutOff(server: Awaited<ReturnType<typeof fileServer>>, file: string, bytes: number): Promise<void> {
  const controller = new AbortController();
  server.breakAfter = bytes;
  const onProgress = (received: number): void => {
    if (received >= bytes) controller.abort();
  };
  await expect(download(server.url, file, { signal: controller.signal, onProgress })).rejects.toThrow();
  server.breakAfter = Infinity;
  server.ranges.length = 0;
}

describe('download', () => {
  it('writes the file and nothing else', async () => {
    const [server, file] = [await fileServer(content), target()];
    await download(server.url, file, { digest: MD5 });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(entries(file)).toEqual(['weights.h5']);
  });

  it('takes a file from a server that closes the connection after it, however slowly it is written', async () => {
    const large = Buffer.alloc(3_000_000, 5);
    const http = createServer((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.0 200 OK\r\ncontent-length: ${large.length}\r\n\r\n`);
        socket.end(large);
      });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void http.close());
    const address = http.address();
    const file = target();
    await download(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/w.h5`, file);
    expect(readFileSync(file).equals(large)).toBe(true);
  });

  it('tells its progress up to the whole', async () => {
    const [server, file] = [await fileServer(content), target()];
    const seen: [number, number | undefined][] = [];
    await download(server.url, file, { onProgress: (received, total) => seen.push([received, total]) });
    expect(seen[0]).toEqual([0, 300_000]);
    expect(seen.at(-1)).toEqual([300_000, 300_000]);
  });

  it('has no file of that name before it is whole', async () => {
    const [server, file] = [await fileServer(content), target()];
    await cutOff(server, file, 100_000);
    expect(existsSync(file)).toBe(false);
  });

  it('continues where an earlier one was cut off', async () => {
    const [server, file] = [await fileServer(content), target()];
    await cutOff(server, file, 100_000);
    await download(server.url, file, { digest: MD5 });
    expect(server.ranges).toEqual(['bytes=100000-']);
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(entries(file)).toEqual(['weights.h5']);
  });

  it('takes up a broken connection by itself', async () => {
    const [server, file] = [await fileServer(content), target()];
    server.breakAfter = 120_000;
    await download(server.url, file, { digest: MD5 });
    expect(server.ranges).toEqual(['', 'bytes=120000-', 'bytes=240000-']);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('gives up when a connection brings nothing, and keeps what there is', async () => {
    const [server, file] = [await fileServer(content), target()];
    await cutOff(server, file, 100_000);
    server.breakAfter = 0;
    await expect(download(server.url, file)).rejects.toThrow(
      /expected 300000 bytes, got 100000 before .*; run again to continue/,
    );
    server.breakAfter = Infinity;
    await download(server.url, file, { digest: MD5 });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('starts over when the file of the server has changed', async () => {
    const [server, file] = [await fileServer(content), target()];
    await cutOff(server, file, 100_000);
    server.content = Buffer.from(content).fill(9);
    server.etag = '"two"';
    await download(server.url, file);
    expect(readFileSync(file).equals(server.content)).toBe(true);
  });

  it('starts over where the server knows no ranges', async () => {
    const [server, file] = [await fileServer(content), target()];
    await cutOff(server, file, 100_000);
    server.resumable = false;
    await download(server.url, file, { digest: MD5 });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('starts over where the server gives nothing to tell its versions by', async () => {
    const [server, file] = [await fileServer(content), target()];
    server.etag = undefined;
    await cutOff(server, file, 100_000);
    await download(server.url, file, { digest: MD5 });
    expect(server.ranges).toEqual(['']);
  });

  it('starts over when more is there than the server has', async () => {
    const [server, file] = [await fileServer(content), target()];
    await cutOff(server, file, 100_000);
    writeFileSync(`${file}.part`, Buffer.alloc(400_000));
    await download(server.url, file, { digest: MD5 });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('removes what has another checksum', async () => {
    const [server, file] = [await fileServer(content), target()];
    const wrong = 'f'.repeat(32);
    await expect(download(server.url, file, { digest: { algorithm: 'md5', hex: wrong } })).rejects.toThrow(
      `expected MD5 ${wrong}, got ${md5}`,
    );
    expect(entries(file)).toEqual([]);
  });

  it('tells what the server answered', async () => {
    const [server, file] = [await fileServer(content), target()];
    server.refuseWith = 404;
    await expect(download(server.url, file)).rejects.toMatchObject({
      code: 'ERR_WEIGHTS',
      message: `expected the file, got HTTP 404 Not Found at ${server.url}`,
    });
  });

  it('tells which host is out of reach', async () => {
    const attempt = download('http://127.0.0.1:9/weights.h5', target());
    await expect(attempt).rejects.toThrow(/expected to reach 127\.0\.0\.1:9, got /);
  });

  it('ends with the reason of an abort', async () => {
    const server = await fileServer(content);
    const reason = new Error('interrupted by the user');
    await expect(download(server.url, target(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
