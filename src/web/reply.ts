// What the server sends: compressed where the browser takes it, never kept by anybody but this browser.
import { constants, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SAFE_HEADERS } from './guard.js';

const compress = promisify(gzip);
/** Below so many bytes compressing gains nothing. */
const WORTH_COMPRESSING = 1024;

/** A text, and the same compressed, made once and sent to many. */
export class Content {
  private packed: Promise<Buffer> | undefined;
  private readonly bytes: Buffer;

  constructor(
    text: string,
    readonly type: string,
    /** Whether the browser may keep it: what is below the same address never changes. */
    readonly isFixed = false,
  ) {
    this.bytes = Buffer.from(text);
  }

  /** In bytes. */
  get length(): number {
    return this.bytes.length;
  }

  plain(): Buffer {
    return this.bytes;
  }

  /** Undefined where it is too short to gain by it. */
  compressed(): Promise<Buffer> | undefined {
    if (this.bytes.length < WORTH_COMPRESSING) return undefined;
    this.packed ??= compress(this.bytes, { level: constants.Z_BEST_SPEED });
    return this.packed;
  }
}

export async function send(request: IncomingMessage, response: ServerResponse, content: Content): Promise<void> {
  const mayCompress = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const packed = mayCompress ? await content.compressed() : undefined;
  const body = packed ?? content.plain();
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'content-type': content.type,
    'content-length': body.length,
    'cache-control': content.isFixed ? 'private, max-age=86400, immutable' : 'no-store',
    vary: 'accept-encoding',
    ...(packed === undefined ? {} : { 'content-encoding': 'gzip' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** A status without content, or with a short text. */
export function sendStatus(
  response: ServerResponse,
  status: number,
  text = '',
  headers: Record<string, string> = {},
): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, {
    ...SAFE_HEADERS,
    ...{ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    ...headers,
  });
  response.end(text);
}
