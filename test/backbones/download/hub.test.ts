// The Hugging Face hub, served from memory: what it has, and every way in which it may not give it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { externalDataOf } from '../../../src/backbones/download/hub/external-data.js';
import { cachedModel, modelNotFound, pullModel } from '../../../src/backbones/download/hub/hub-cache.js';
import { formatHubName, parseHubName } from '../../../src/backbones/download/hub/hub-name.js';
import { must } from '../../../src/system/must.js';
import { temporaryFolder } from '../weights/temporary-folder.js';
import { writeFileSync } from 'node:fs';

const COMMIT = 'c0ffee'.padEnd(40, '0');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const gitHash = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** A message of protobuf with one field of bytes. */
function field(number: number, content: Uint8Array | string): Uint8Array {
  return protobuf.Writer.create()
    .uint32(number * 8 + 2)
    .bytes(typeof content === 'string' ? Buffer.from(content) : content)
    .finish();
}

/** An ONNX file whose one initializer lies in another file; or that holds everything itself. */
function onnx(location?: string): Buffer {
  const entry = location === undefined ? [] : [field(13, Buffer.concat([field(1, 'location'), field(2, location)]))];
  const tensor = Buffer.concat([field(8, 'w'), ...entry, field(9, Buffer.alloc(200_000, 3))]);
  return Buffer.concat([Buffer.from([8, 8]), field(7, field(5, tensor))]);
}

interface Hub {
  readonly endpoint: string;
  readonly requests: { method: string; path: string; range: string; authorization: string | undefined }[];
  /** By path in the repository. */
  readonly files: Map<string, Buffer>;
  /** Which lie in LFS: a redirect to another host, with the digest. */
  readonly lfs: Set<string>;
  /** Connections to the other host break after so many bytes. */
  breakAfter: number;
  refusal: { readonly status: number; readonly code?: string } | undefined;
  /** What LFS says of a file. */
  digestOf: (bytes: Buffer) => string;
}

async function hub(files: Record<string, Buffer | string>, lfs: readonly string[] = []): Promise<Hub> {
  const listen = async (http: ReturnType<typeof createServer>): Promise<string> => {
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      http.closeAllConnections();
      http.close();
    });
    const address = http.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  };
  const storage = await listen(
    createServer((request, response) => {
      const path = decodeURIComponent(must(request.url, 'a path').slice(1));
      const range = request.headers.range ?? '';
      state.requests.push({
        method: request.method ?? '',
        path: `storage:${path}`,
        range,
        authorization: request.headers.authorization,
      });
      const bytes = must(state.files.get(path), path);
      const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
      const body = bytes.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, {
        'content-length': body.length,
        etag: `"${sha256(bytes)}"`,
        ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
      });
      if (body.length <= state.breakAfter) response.end(body);
      else response.write(body.subarray(0, state.breakAfter), () => response.destroy());
    }),
  );
  const endpoint = await listen(
    createServer((request, response) => {
      const { pathname } = new URL(must(request.url, 'a path'), 'http://x');
      const [, kind = '', revision = '', path = ''] =
        /^\/tiny\/vit\/(resolve|raw)\/([^/]+)\/(.+)$/.exec(decodeURIComponent(pathname)) ?? [];
      const { authorization, range = '' } = request.headers;
      state.requests.push({ method: request.method ?? '', path: `${kind}:${revision}:${path}`, range, authorization });
      const headers = { 'x-repo-commit': COMMIT };
      if (state.refusal !== undefined) {
        const { status, code } = state.refusal;
        return void response.writeHead(status, code === undefined ? {} : { 'x-error-code': code }).end();
      }
      const bytes = state.files.get(path);
      if (bytes === undefined || kind === '')
        return void response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
      if (state.lfs.has(path)) {
        const linked = { 'x-linked-etag': `"${state.digestOf(bytes)}"`, 'x-linked-size': bytes.length };
        return void response
          .writeHead(302, { ...headers, ...linked, location: `${storage}/${encodeURIComponent(path)}` })
          .end();
      }
      response.writeHead(200, { ...headers, etag: `"${gitHash(bytes)}"`, 'content-length': bytes.length });
      response.end(request.method === 'HEAD' ? undefined : bytes);
    }),
  );
  const state: Hub = {
    endpoint,
    requests: [],
    files: new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])),
    lfs: new Set(lfs),
    breakAfter: Infinity,
    refusal: undefined,
    digestOf: sha256,
  };
  return state;
}

const README = '---\nlicense: apache-2.0\ntags:\n- x\n---\n# A model';
const NAME = parseHubName('hf:tiny/vit');
const whole = () =>
  hub(
    {
      'onnx/model.onnx': onnx(),
      'config.json': '{"architectures":["ViT"]}',
      'preprocessor_config.json': '{"size":224}',
      'README.md': README,
      LICENSE: 'as is',
    },
    ['onnx/model.onnx'],
  );

describe('a model of the hub', () => {
  it('comes with what says how to use it, checked, from one commit', async () => {
    const { endpoint, requests } = await whole();
    const folder = temporaryFolder();
    const notes: string[] = [];
    const model = await pullModel(NAME, { endpoint, folder, onNote: (line) => notes.push(line) });
    expect(readdirSync(model.folder).sort()).toEqual([
      'LICENSE',
      'config.json',
      'model.onnx',
      'preprocessor_config.json',
      'source.json',
    ]);
    expect(readFileSync(model.file)).toEqual(onnx());
    expect(model.source).toMatchObject({ commit: COMMIT, licence: 'apache-2.0', sha256: sha256(onnx()) });
    expect(notes).toEqual([`hf:tiny/vit, commit c0ffee000000: onnx/model.onnx, 200 kB; licence: apache-2.0`]);
    expect(cachedModel(NAME, folder)).toEqual(model);
    const revisions = requests
      .filter(({ path }) => /^resolve:.*(json|README)/.test(path))
      .map(({ path }) => path.split(':')[1]);
    expect(new Set(revisions)).toEqual(new Set([COMMIT]));
  });

  it('is not downloaded again while it is the same', async () => {
    const { endpoint, requests } = await whole();
    const folder = temporaryFolder();
    await pullModel(NAME, { endpoint, folder });
    requests.length = 0;
    await pullModel(NAME, { endpoint, folder });
    expect(requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('is replaced where the repository has another one', async () => {
    const server = await whole();
    const folder = temporaryFolder();
    await pullModel(NAME, { endpoint: server.endpoint, folder });
    const other = Buffer.concat([onnx(), onnx()]);
    server.files.set('onnx/model.onnx', other);
    expect(readFileSync((await pullModel(NAME, { endpoint: server.endpoint, folder })).file)).toEqual(other);
  });

  it('brings the files that it keeps its weights in', async () => {
    const files = { 'onnx/model.onnx': onnx('model.onnx_data'), 'onnx/model.onnx_data': Buffer.alloc(5000, 1) };
    const { endpoint } = await hub(files, Object.keys(files));
    const { folder } = await pullModel(NAME, { endpoint, folder: temporaryFolder() });
    expect(readFileSync(join(folder, 'model.onnx_data'))).toEqual(files['onnx/model.onnx_data']);
  });

  it('says which of those files is missing', async () => {
    const { endpoint } = await hub({ 'model.onnx': onnx('weights.bin') });
    await expect(pullModel(NAME, { endpoint, folder: temporaryFolder() })).rejects.toThrow(
      /expected weights\.bin, which model\.onnx keeps its weights in, got none at http/,
    );
  });

  it('never names files outside its folder', async () => {
    for (const location of ['../../x', '/etc/passwd', 'a/../../b', 'C:\\x', '']) {
      const { endpoint } = await hub({ 'model.onnx': onnx(location) });
      const folder = temporaryFolder();
      await expect(pullModel(NAME, { endpoint, folder })).rejects.toThrow(
        /expected external data in the folder of the model/,
      );
      expect(cachedModel(NAME, folder)).toBeUndefined();
    }
  });

  it('continues where the connection broke', async () => {
    const server = await whole();
    const folder = temporaryFolder();
    const { endpoint } = server;
    server.breakAfter = 0;
    await expect(pullModel(NAME, { endpoint, folder })).rejects.toThrow(
      /before the connection broke .*; run again to continue/,
    );
    server.breakAfter = 120_000;
    const model = await pullModel(NAME, { endpoint, folder });
    expect(server.requests.filter(({ path }) => path.startsWith('storage')).map(({ range }) => range)).toEqual([
      '',
      '',
      '',
      'bytes=120000-',
    ]);
    expect(readFileSync(model.file)).toEqual(onnx());
  });

  it('is refused where its checksum is wrong, and nothing of it stays', async () => {
    const server = await whole();
    server.digestOf = () => 'f'.repeat(64);
    const folder = temporaryFolder();
    await expect(pullModel(NAME, { endpoint: server.endpoint, folder })).rejects.toThrow(
      `expected SHA-256 ${'f'.repeat(64)}, got ${sha256(onnx())}`,
    );
    expect(cachedModel(NAME, folder)).toBeUndefined();
    expect(existsSync(join(folder, 'hub', 'tiny--vit@main.part', 'model.onnx'))).toBe(false);
  });

  it('is checked by the pointer where the server tells no digest', async () => {
    const server = await hub({ 'model.onnx': onnx() });
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'e'.repeat(64)}\nsize 9\n`;
    server.files.set('model.onnx', Buffer.from(pointer));
    await expect(pullModel(NAME, { endpoint: server.endpoint, folder: temporaryFolder() })).rejects.toThrow(
      `expected SHA-256 ${'e'.repeat(64)}`,
    );
  });

  it('says where other files are named, when the usual one is missing', async () => {
    const { endpoint } = await hub({ 'config.json': '{}' });
    await expect(pullModel(NAME, { endpoint, folder: temporaryFolder() })).rejects.toThrow(
      /expected onnx\/model\.onnx or model\.onnx in hf:tiny\/vit, got no such file at http.*\/tiny\/vit: `.*backbones pull hf:tiny\/vit --file PATH` takes another file/,
    );
    await expect(
      pullModel(parseHubName('hf:tiny/vit/onnx/other.onnx'), { endpoint, folder: temporaryFolder() }),
    ).rejects.toThrow(
      /expected onnx\/other\.onnx in hf:tiny\/vit, .* its files are listed at http.*\/tiny\/vit\/tree\/main/,
    );
  });

  it.each([
    [
      { status: 401, code: 'GatedRepo' },
      /the model is gated: accept its terms at http.*\/tiny\/vit, then set HF_TOKEN/,
    ],
    [{ status: 403, code: 'GatedRepo' }, /the model is gated/],
    [{ status: 401 }, /no such model, or it is private or gated\. Check the name at .* and set HF_TOKEN/],
    [{ status: 404, code: 'RepoNotFound' }, /no such model/],
    [{ status: 404, code: 'RevisionNotFound' }, /expected revision main of hf:tiny\/vit, got none/],
    [{ status: 503 }, /got HTTP 503 Service Unavailable/],
  ])('says what to do where the hub answers %o', async (refusal, message) => {
    const server = await whole();
    server.refusal = refusal;
    await expect(pullModel(NAME, { endpoint: server.endpoint, token: '', folder: temporaryFolder() })).rejects.toThrow(
      message,
    );
  });

  it('says what to do without a network', async () => {
    const pull = pullModel(NAME, { endpoint: 'http://127.0.0.1:9', folder: temporaryFolder() });
    await expect(pull).rejects.toThrow(
      /expected to reach 127\.0\.0\.1:9, got .*Check the network, the proxy \(HTTPS_PROXY\) and HF_ENDPOINT/,
    );
  });

  it('gives the token to the hub, to no other host, and to no message', async () => {
    const server = await whole();
    await pullModel(NAME, { endpoint: server.endpoint, token: 'hf_secret', folder: temporaryFolder() });
    const [here, there] = [false, true].map((isStorage) =>
      server.requests
        .filter(({ path }) => path.startsWith('storage') === isStorage)
        .map(({ authorization }) => authorization),
    );
    expect(new Set(here)).toEqual(new Set(['Bearer hf_secret']));
    expect(there).toEqual([undefined]);
    server.refusal = { status: 403, code: 'GatedRepo' };
    const again = pullModel(NAME, { endpoint: server.endpoint, token: 'hf_secret', folder: temporaryFolder() });
    await expect(again).rejects.toThrow(/check that HF_TOKEN is of that account/);
    await expect(again).rejects.not.toThrow(/hf_secret/);
  });

  it('takes endpoint and token from the environment', async () => {
    const server = await whole();
    vi.stubEnv('HF_ENDPOINT', server.endpoint);
    vi.stubEnv('HF_TOKEN', 'from-environment\n');
    onTestFinished(() => void vi.unstubAllEnvs());
    await pullModel(NAME, { folder: temporaryFolder() });
    expect(server.requests[0]?.authorization).toBe('Bearer from-environment');
  });

  it('is no pickle', async () => {
    const { endpoint } = await hub({ 'pytorch_model.bin': 'x' });
    const name = parseHubName('hf:tiny/vit/pytorch_model.bin');
    await expect(pullModel(name, { endpoint, folder: temporaryFolder() })).rejects.toThrow(
      /a pickle is a program, and none is run\. In Python, safetensors\.torch\.save_file/,
    );
  });

  it('keeps weights of another kind under their own name', async () => {
    const { endpoint } = await hub({ 'model.safetensors': 'weights' });
    const name = parseHubName('hf:tiny/vit@v1/model.safetensors');
    const { file } = await pullModel(name, { endpoint, folder: temporaryFolder() });
    expect(file.endsWith(join('tiny--vit@v1--model.safetensors', 'model.safetensors'))).toBe(true);
  });
});

describe('a name on the hub', () => {
  it.each(['hf:a/b', 'hf:a/b@v1.0', 'hf:a/b/onnx/m.onnx', 'hf:a-1/b.c@main-2/m.onnx'])(
    '%s is read and written',
    (text) => {
      expect(formatHubName(parseHubName(text))).toBe(text);
    },
  );

  it.each([
    'hf:',
    'hf:a',
    'hf:a/',
    'hf:../b',
    'hf:a/..',
    'hf:a/b@..',
    'hf:a/b/../c',
    'hf:a/b//c',
    'hf:a/b/./c',
    'hf:a b/c',
    'hf:a/b@x y',
  ])('%s is refused', (text) => {
    expect(() => parseHubName(text, 'space.backbone.values')).toThrow(
      /expected hf:OWNER\/NAME, .* got ".*" at space\.backbone\.values/,
    );
  });

  it('of a model that is not there comes with the command that fetches it', () => {
    expect(modelNotFound(NAME).message).toMatch(/found none: `.*backbones pull hf:tiny\/vit` downloads it/);
    expect(modelNotFound(NAME, 'offline').message).toContain('HF_HUB_OFFLINE');
  });
});

describe('external data', () => {
  const written = (bytes: Buffer): string => {
    const file = join(temporaryFolder(), 'm.onnx');
    writeFileSync(file, bytes);
    return file;
  };

  it('of a file that is no ONNX file ends in a message', async () => {
    const file = written(Buffer.from([0x3a, 0xff, 0xff, 0xff, 0x7f]));
    await expect(externalDataOf(file)).rejects.toThrow(/expected an ONNX file, got one that cannot be read/);
  });

  it('of graphs that lie in each other without end is not followed', async () => {
    let graph: Uint8Array = field(5, field(8, 'w'));
    for (let i = 0; i < 50; i++) graph = field(1, field(5, field(6, graph)));
    await expect(externalDataOf(written(Buffer.from(field(7, graph))))).rejects.toThrow(/more than 16 messages deep/);
  });
});
