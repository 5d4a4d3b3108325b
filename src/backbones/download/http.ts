// HTTP for downloads: redirects that are safe to follow, proxies, and credentials that stay with their host.
import type { Dispatcher, Response } from 'undici';
import { HpoError, messageOf } from '../../study/errors.js';

/** How this machine reaches the network. Missing proxies are taken from the environment: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
export interface NetworkSettings {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  /** Hosts, separated by commas, that are reached without a proxy. */
  readonly noProxy?: string | undefined;
  /** Certificates to trust instead of the built-in ones, in PEM. */
  readonly ca?: string | readonly string[] | undefined;
  /** Whether certificates are checked. Default: yes. */
  readonly verify?: boolean;
}

export interface RequestOptions {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** The Authorization header for an address. It is asked for each redirect anew, so that no token reaches a host that it is not for. */
  readonly authorization?: ((url: URL) => string | undefined) | undefined;
  readonly network?: NetworkSettings | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether a redirect is followed; otherwise it is the answer. Default: always. */
  readonly follows?: ((redirect: Response, next: URL) => boolean) | undefined;
}

/** The server answered with something else than success. */
export class RefusedError extends HpoError {
  constructor(
    readonly status: number,
    statusText: string,
    url: string | URL,
    expected = 'the file',
  ) {
    super('ERR_WEIGHTS', `expected ${expected}, got HTTP ${status} ${statusText} at ${shownUrl(url)}`);
  }
}

/** There is no connection to the server. */
export class UnreachableError extends HpoError {
  constructor(url: string | URL, cause: unknown) {
    const reason = messageOf(cause instanceof Error ? (cause.cause ?? cause) : cause);
    super('ERR_WEIGHTS', `expected to reach ${new URL(url).host}, got ${reason} at ${shownUrl(url)}`, { cause });
  }
}

const MAX_REDIRECTS = 10;
/** Milliseconds without a byte after which a connection counts as broken. */
const SILENCE = 60_000;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * The answer to a request, whatever its status. Redirects lead to http or https only, and never from https to http.
 * @throws UnreachableError; HpoError ERR_WEIGHTS for a redirect that is not followed; an abort rejects with the signal's reason.
 */
export async function request(address: string | URL, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', headers = {}, authorization, network = {}, signal, follows = () => true } = options;
  let url = checkedUrl(address);
  for (let redirects = 0; ; redirects++) {
    const token = authorization?.(url) ?? credentialsIn(url);
    const response = await send(withoutCredentials(url), network, {
      method,
      headers: { 'user-agent': 'hpo', ...headers, ...(token === undefined ? {} : { authorization: token }) },
      redirect: 'manual',
      signal: signal ?? null,
    });
    const location = response.headers.get('location');
    if (!REDIRECTS.includes(response.status) || location === null) return response;
    const next = checkedUrl(new URL(location, url), url);
    if (!follows(response, next)) return response;
    await response.body?.cancel();
    if (redirects === MAX_REDIRECTS) {
      throw new HpoError(
        'ERR_WEIGHTS',
        `expected at most ${MAX_REDIRECTS} redirects, got more at ${shownUrl(address)}`,
      );
    }
    url = next;
  }
}

/** An answer's body, which is small. @throws HpoError ERR_WEIGHTS where it has more than `maxBytes`. */
export async function readBody(response: Response, url: string | URL, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      if (!(chunk instanceof Uint8Array)) continue;
      size += chunk.byteLength;
      if (size > maxBytes) {
        throw new HpoError('ERR_WEIGHTS', `expected at most ${maxBytes} bytes, got more at ${shownUrl(url)}`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof HpoError ? error : new UnreachableError(url, error);
  }
  return Buffer.concat(chunks);
}

/** An address as people may see it: without user, password and query, which may hold tokens. */
export function shownUrl(address: string | URL): string {
  const url = new URL(address);
  return `${url.origin}${url.pathname}`;
}

/** The Authorization header that an address asks for itself: http://user:password@host/. */
function credentialsIn({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    throw new HpoError('ERR_WEIGHTS', 'expected user and password of an address with % as %25, got a bare %');
  }
}

/** `fetch` takes no other address, and would show the password in its message. */
function withoutCredentials(address: URL): URL {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url;
}

function checkedUrl(address: string | URL, from?: URL): URL {
  const url = new URL(address);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  const isDowngrade = from?.protocol === 'https:' && url.protocol === 'http:';
  if (isWeb && !isDowngrade) return url;
  const where = from === undefined ? '' : `, to which ${shownUrl(from)} redirects`;
  const expected = isDowngrade ? 'an https address' : 'an http or https address';
  const got = isWeb ? shownUrl(url) : `${url.protocol} address`;
  throw new HpoError('ERR_WEIGHTS', `expected ${expected}, got ${got}${where}`);
}

async function send(url: URL, network: NetworkSettings, init: Parameters<typeof fetch>[1]): Promise<Response> {
  // A tenth of a second to load, which only downloads pay for. Version 6.24.1, not a later 6.x: 6.28 and 6.29 end the process with a failed
  // assertion where a server closes the connection while the body is read slowly.
  const { fetch } = await import('undici');
  try {
    return await fetch(url, { ...init, dispatcher: await dispatcherFor(url, network) });
  } catch (cause) {
    init?.signal?.throwIfAborted();
    if (cause instanceof HpoError) throw cause;
    throw new UnreachableError(url, cause);
  }
}

const dispatchers = new Map<string, Dispatcher>();

async function dispatcherFor(url: URL, network: NetworkSettings): Promise<Dispatcher> {
  const { Agent, ProxyAgent } = await import('undici');
  const proxy = proxyFor(url, network);
  const { ca, verify = true } = network;
  const key = JSON.stringify([proxy, ca, verify]);
  const tls = {
    rejectUnauthorized: verify,
    ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
  };
  const common = { headersTimeout: SILENCE, bodyTimeout: SILENCE };
  const known = dispatchers.get(key);
  const dispatcher =
    known ??
    (proxy === undefined
      ? new Agent({ ...common, connect: tls })
      : new ProxyAgent({ ...common, uri: proxy, requestTls: tls, proxyTls: tls }));
  dispatchers.set(key, dispatcher);
  return dispatcher;
}

/** The proxy for an address; undefined where it is reached directly. */
export function proxyFor(
  url: URL,
  { httpProxy, httpsProxy, noProxy }: NetworkSettings,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const variable = (name: string): string | undefined => env[name.toLowerCase()] ?? env[name];
  const exempt = noProxy ?? variable('NO_PROXY') ?? '';
  if (exempt.split(/[\s,]+/).some((entry) => isExempt(url, entry.trim().toLowerCase()))) return undefined;
  const http = httpProxy ?? variable('HTTP_PROXY');
  const proxy = url.protocol === 'https:' ? (httpsProxy ?? variable('HTTPS_PROXY') ?? httpProxy) : http;
  return proxy === undefined || proxy === '' ? undefined : checkedProxy(proxy);
}

/** As curl and npm read it: `proxy.example.org:3128` is one of http. */
function checkedProxy(proxy: string): string {
  const text = proxy.includes('://') ? proxy : `http://${proxy}`;
  const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (protocol === 'http:' || protocol === 'https:') return text;
  const got = protocol === undefined ? 'something else' : `${protocol} address`;
  throw new HpoError(
    'ERR_WEIGHTS',
    `expected the http or https address of a proxy (HTTPS_PROXY, HTTP_PROXY, .npmrc), got ${got}`,
  );
}

/** `*`, a host, a domain with its subdomains, either with a port. */
function isExempt(url: URL, entry: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const [host = '', port] = entry.replace(/^\*?\./, '').split(':');
  if (port !== undefined && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) return false;
  return url.hostname === host || url.hostname.endsWith(`.${host}`);
}
