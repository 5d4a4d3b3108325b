// Files of a repository on the Hugging Face hub, by the layout of its addresses: ENDPOINT/OWNER/NAME/resolve/REVISION/FILE.
import { HpoError } from '../../../study/errors.js';
import { type Digest, type OnBytes, download } from '../download.js';
import { RefusedError, readBody, request, shownUrl } from '../http.js';
import { type HubName, formatHubName } from './hub-name.js';

export interface HubOptions {
  /** Default: HF_ENDPOINT, else the hub itself. */
  readonly endpoint?: string | undefined;
  /** Default: HF_TOKEN. It is sent to the endpoint and nowhere else. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RemoteFile {
  readonly path: string;
  /** The commit that the revision stands for, where the server says so. */
  readonly commit: string | undefined;
  /** Bytes, where the server says so. */
  readonly size: number | undefined;
  /** SHA-256 of a file in LFS, else Git's own hash; undefined where the server says neither. */
  readonly digest: Digest | undefined;
}

const DEFAULT_ENDPOINT = 'https://huggingface.co';
/** A pointer of Git LFS is a text of about 130 bytes. */
const MAX_POINTER = 1024;

/** A repository at a revision. */
export class HubRepository {
  private readonly endpoint: URL;
  private readonly authorization: (url: URL) => string | undefined;

  constructor(
    private readonly name: HubName,
    private readonly options: HubOptions = {},
  ) {
    this.endpoint = endpointOf(options);
    const token = (options.token ?? process.env['HF_TOKEN'] ?? '').trim();
    this.authorization = (url) => (token !== '' && url.origin === this.endpoint.origin ? `Bearer ${token}` : undefined);
  }

  /** The same repository at a commit. */
  at(commit: string): HubRepository {
    return new HubRepository({ ...this.name, revision: commit }, this.options);
  }

  /** The page that a person opens in a browser. */
  get page(): string {
    return `${shownUrl(this.endpoint)}${this.name.owner}/${this.name.name}`;
  }

  /**
   * What the server says of a file; undefined where the repository has none of this path.
   * @throws HpoError ERR_WEIGHTS where the repository cannot be read, saying what to do.
   */
  async find(path: string): Promise<RemoteFile | undefined> {
    const url = this.address('resolve', this.name.revision, path);
    const { authorization } = this;
    const { signal } = this.options;
    const headers = { 'accept-encoding': 'identity' };
    // The first redirect tells digest and commit; the host that it leads to does not. A renamed repository redirects before that.
    const follows = (redirect: { readonly headers: { has(name: string): boolean } }, next: URL): boolean =>
      next.host === url.host && !redirect.headers.has('x-linked-etag');
    const response = await request(url, { method: 'HEAD', headers, authorization, signal, follows });
    await response.body?.cancel();
    const isThere = response.ok || (response.status >= 300 && response.status < 400);
    if (!isThere)
      return this.missing(response.status, response.headers.get('x-error-code') ?? '', response.statusText, url);
    const tag = bare(response.headers.get('x-linked-etag') ?? response.headers.get('etag') ?? '');
    const size = Number(
      response.headers.get('x-linked-size') ?? (response.ok ? response.headers.get('content-length') : null) ?? NaN,
    );
    const found = {
      path,
      commit: response.headers.get('x-repo-commit') ?? undefined,
      size: Number.isSafeInteger(size) ? size : undefined,
    };
    if (/^[0-9a-f]{64}$/.test(tag)) return { ...found, digest: { algorithm: 'sha256', hex: tag } };
    const pointer = await this.pointer(path);
    if (pointer !== undefined)
      return { ...found, size: pointer.size, digest: { algorithm: 'sha256', hex: pointer.hex } };
    return { ...found, digest: /^[0-9a-f]{40}$/.test(tag) ? { algorithm: 'git', hex: tag } : undefined };
  }

  /** Fetches a file, at the commit that it was found at. @throws HpoError ERR_WEIGHTS. */
  async fetch(found: RemoteFile, file: string, onProgress?: OnBytes): Promise<void> {
    const url = this.address('resolve', found.commit ?? this.name.revision, found.path);
    const { authorization } = this;
    const { signal } = this.options;
    await download(url, file, { authorization, signal, onProgress, digest: found.digest });
  }

  /** A small file's text; undefined where there is none. @throws HpoError ERR_WEIGHTS where it cannot be read, or is larger. */
  async text(path: string, maxBytes: number): Promise<string | undefined> {
    const url = this.address('resolve', this.name.revision, path);
    return this.body(url, maxBytes).then((bytes) => bytes?.toString('utf8'));
  }

  /** What Git has in place of a file that lies in LFS (github.com/git-lfs/git-lfs, docs/spec.md). */
  private async pointer(path: string): Promise<{ readonly hex: string; readonly size: number } | undefined> {
    const url = this.address('raw', this.name.revision, path);
    const bytes = await this.body(url, MAX_POINTER).catch(() => undefined);
    const [, hex, size] =
      /^version https:\/\/git-lfs.*\noid sha256:([0-9a-f]{64})\nsize (\d+)/.exec(String(bytes)) ?? [];
    return hex === undefined ? undefined : { hex, size: Number(size) };
  }

  private async body(url: URL, maxBytes: number): Promise<Buffer | undefined> {
    const { authorization } = this;
    const response = await request(url, { authorization, signal: this.options.signal });
    if (response.ok && Number(response.headers.get('content-length') ?? 0) <= maxBytes) {
      return readBody(response, url, maxBytes);
    }
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    if (!response.ok) throw new RefusedError(response.status, response.statusText, url);
    throw new HpoError('ERR_WEIGHTS', `expected at most ${maxBytes} bytes, got more at ${shownUrl(url)}`);
  }

  private address(kind: 'resolve' | 'raw', revision: string, path: string): URL {
    const { owner, name } = this.name;
    const parts = [owner, name, kind, revision, ...path.split('/')].map(encodeURIComponent);
    return new URL(parts.join('/'), this.endpoint);
  }

  /** @returns undefined where only this file is missing. */
  private missing(status: number, code: string, text: string, url: URL): undefined {
    const named = formatHubName({ ...this.name, revision: 'main' });
    if (status === 404 && !['RepoNotFound', 'RevisionNotFound'].includes(code)) return undefined;
    if (code === 'RevisionNotFound') {
      throw new HpoError(
        'ERR_WEIGHTS',
        `expected revision ${this.name.revision} of ${named}, got none at ${this.page}`,
      );
    }
    if (status === 401 || status === 403 || status === 404) throw this.closed(status, code, named);
    throw new RefusedError(status, text, url, `the files of ${named}`);
  }

  private closed(status: number, code: string, named: string): HpoError {
    const hasToken = this.authorization(this.endpoint) !== undefined;
    const token = hasToken ? 'the token in HF_TOKEN has no access' : 'set HF_TOKEN to a token with read access';
    const advice =
      code === 'GatedRepo'
        ? `the model is gated: accept its terms at ${this.page}, then ${hasToken ? 'check that HF_TOKEN is of that account' : token}`
        : `there is no such model, or it is private or gated. Check the name at ${this.page}; accept its terms there if it has some, and ${token}`;
    return new HpoError('ERR_WEIGHTS', `expected the files of ${named}, got HTTP ${status}: ${advice}`);
  }
}

function endpointOf({ endpoint }: HubOptions): URL {
  const text = endpoint ?? (process.env['HF_ENDPOINT'] || DEFAULT_ENDPOINT);
  try {
    return new URL(text.endsWith('/') ? text : `${text}/`);
  } catch (cause) {
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected an address with http:// or https:// in HF_ENDPOINT, got something else`,
      {
        cause,
      },
    );
  }
}

/** An entity tag without quotes and mark of weakness. */
function bare(tag: string): string {
  return tag.replace(/^W\//, '').replaceAll('"', '').toLowerCase();
}
