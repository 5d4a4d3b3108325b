// hpo backbones: what can be used, and where weights come from.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backboneWeights } from '../../src/backbones/backbone-weights.js';
import { BACKBONES, getBackbone } from '../../src/backbones/registry.js';
import { hpo, temporaryFolder } from './support.js';

const SHARED = '../shared/weights/squeezenet_v1.1_imagenet_notop.h5';
const squeezenet = getBackbone('squeezenet1.1');

let cache: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  cache = temporaryFolder();
  vi.stubEnv('HPO_CACHE', cache.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  cache.remove();
});

/** Where a download of SqueezeNet's weights would lie. */
function cachedFile(): string {
  const url = squeezenet.pretrained?.kind === 'download' ? squeezenet.pretrained.url : '';
  mkdirSync(join(cache.path, 'weights'), { recursive: true });
  return join(cache.path, 'weights', `squeezenet1.1-${basename(new URL(url).pathname)}`);
}

describe('hpo backbones', () => {
  it('lists every backbone, with and without its list command', async () => {
    const { code, out } = await hpo('backbones');
    expect(code).toBe(0);
    expect(BACKBONES.filter(({ name }) => !out.includes(name))).toEqual([]);
    expect((await hpo('backbones', 'list')).out).toBe(out);
  });

  it('says where the weights are', async () => {
    writeFileSync(cachedFile(), '');
    const all = JSON.parse((await hpo('backbones', 'list', '--json')).out) as { name: string; weights: string }[];
    const weights = Object.fromEntries(all.map((one) => [one.name, one.weights]));
    expect(weights).toMatchObject({ 'squeezenet1.1': 'downloaded', resnet50: 'download', quicknet: 'package' });
  });

  it('lists the models of the hub that are here whole', async () => {
    const models = [
      { folder: 'tiny--vit@main', name: 'hf:tiny/vit', licence: 'mit' },
      { folder: 'tiny--cnn@main', name: 'hf:tiny/cnn', licence: null },
      { folder: 'tiny--half@main.part', name: 'hf:tiny/half', licence: 'mit' },
    ];
    for (const { folder, name, licence } of models) {
      const place = join(cache.path, 'weights/hub', folder);
      mkdirSync(place, { recursive: true });
      const source = { name, commit: null, path: 'model.onnx', file: 'model.onnx', size: 2048, sha256: null, licence };
      writeFileSync(join(place, 'source.json'), JSON.stringify(source));
      writeFileSync(join(place, 'model.onnx'), '');
    }
    const { out } = await hpo('backbones');
    expect(out).toMatch(/hf:tiny\/cnn +2 kB +not stated\n *hf:tiny\/vit +2 kB +mit/);
    expect(out).not.toContain('half');
  });

  it('pulls nothing that is there', async () => {
    writeFileSync(cachedFile(), '');
    const { code, out } = await hpo('backbones', 'pull', 'squeezenet1.1');
    expect([code, out]).toEqual([0, cachedFile()]);
  });

  it.each([
    ['quicknet', /weights in the package/],
    ['alexnet', /expected one of quicknet, .*got "alexnet"/],
  ])('pulls no %s', async (name, message) => {
    const { code, err } = await hpo('backbones', 'pull', name);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('hpo backbones pull hf:…', () => {
  it('says what to do without a network, and names no token', async () => {
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    const { code, out, err } = await hpo('backbones', 'pull', 'hf:tiny/vit');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/expected to reach 127\.0\.0\.1:9.*Check the network/);
    expect(err).not.toContain('hf_secret');
  });

  it.each([
    [['hf:tiny'], /expected hf:OWNER\/NAME, .*got "hf:tiny" at the name/],
    [['hf:a/b', '--file', '../x'], /got "hf:a\/b\/\.\.\/x" at --file/],
    [['hf:a/b', '--file', 'model.pth'], /a pickle is a program/],
    [['quicknet', '--file', 'x.onnx'], /expected hf:OWNER\/NAME with --file/],
  ])('refuses %j', async (parameters, message) => {
    const { code, err } = await hpo('backbones', 'pull', ...parameters);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('weights that no file is named for', () => {
  it('are asked for with the command that fetches them', async () => {
    await expect(backboneWeights(squeezenet, undefined, 0)).rejects.toThrow(
      'expected weights of squeezenet1.1, found none: `npx hpo backbones pull squeezenet1.1` downloads them',
    );
  });

  it.skipIf(!existsSync(SHARED))('are those that were downloaded (needs ../shared)', async () => {
    copyFileSync(SHARED, cachedFile());
    expect((await backboneWeights(squeezenet, undefined, 0)).get('conv1/kernel')?.shape).toEqual([3, 3, 3, 64]);
  });
});
