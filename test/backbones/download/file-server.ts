// A local HTTP server of one file that can misbehave as told.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FileServer {
  readonly url: string;
  /** The Range header of each request, '' where there was none. */
  readonly ranges: string[];
  content: Buffer;
  etag: string | undefined;
  /** Connections break after so many bytes of an answer. */
  breakAfter: number;
  /** Whether range requests are honoured. */
  resumable: boolean;
  /** Answers everything with this status. */
  refuseWith: number | undefined;
}

export async function fileServer(content: Buffer): Promise<FileServer> {
  const ranges: string[] = [];
  const http = createServer((request, response) => serve(server, request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/folder/weights.h5`;
  const server: FileServer = {
    url,
    ranges,
    content,
    etag: '"one"',
    breakAfter: Infinity,
    resumable: true,
    refuseWith: undefined,
  };
  return server;
}

function serve(server: FileServer, request: IncomingMessage, response: ServerResponse): void {
  const { content, etag, breakAfter, resumable, refuseWith } = server;
  const range = request.headers.range ?? '';
  server.ranges.push(range);
  if (refuseWith !== undefined) return void response.writeHead(refuseWith).end();
  const asked = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
  const from = resumable && request.headers['if-range'] === etag ? asked : 0;
  if (from > 0 && from >= content.length) return void response.writeHead(416).end();
  const body = content.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': body.length,
    ...(etag === undefined ? {} : { etag }),
    ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
  });
  if (body.length <= breakAfter) response.end(body);
  else response.write(body.subarray(0, breakAfter), () => response.destroy());
}
