// The command line with a network of the person's own, an ONNX file, from `hpo init` to a model that classifies.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { node, smallModel } from '../onnx/small-model.js';
import { hpo, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const at = (...path: string[]): string => join(folder.path, ...path);

beforeAll(async () => {
  vi.stubEnv('HPO_CACHE', at('cache'));
  const shades = { dark: 40, bright: 200 };
  for (const [name, shade] of Object.entries(shades)) {
    await mkdir(at('images', name), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const background = { r: shade + i, g: shade, b: shade - i };
      const file = at('images', name, `${i}.png`);
      await sharp({ create: { width: 16, height: 16, channels: 3, background } })
        .png()
        .toFile(file);
    }
  }
  writeFileSync(at('plain.onnx'), smallModel());
  // No graph has Floor: the file's nodes run as they are up to there.
  writeFileSync(at('floor.onnx'), smallModel({ extra: [node('Floor', ['s'], ['t'])] }));
});
afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

/** A first study of the images with this network, shortened. */
async function firstStudy(network: string, name: string, ...options: string[]): Promise<string> {
  const file = at(name, 'study.json');
  mkdirSync(at(name));
  const { code, err } = await hpo('init', at('images'), '--backbone', network, '--out', file, ...options);
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(err).toMatch(/nothing says how it wants its pixels/);
  const study = JSON.parse(readFileSync(file, 'utf8')) as { search: object; training: object };
  const short = { search: { ...study.search, trials: 2 }, training: { ...study.training, epochs: 2, headEpochs: 1 } };
  writeFileSync(file, JSON.stringify({ ...study, ...short, resources: { workers: 1 } }));
  return file;
}

describe('hpo init --backbone net.onnx', () => {
  it.each([
    { network: 'plain.onnx', depth: 2 },
    { network: 'floor.onnx', depth: 1 },
  ])('leads to a model of $network that classifies', async ({ network, depth }) => {
    const name = network.slice(0, 5);
    const study = await firstStudy(at(network), name);
    const written = JSON.parse(readFileSync(study, 'utf8')) as Record<string, object>;
    expect(written).toMatchObject({ backbone: { weights: `../${network}` }, space: { unfreezeDepth: { max: depth } } });
    expect(await hpo('run', study)).toMatchObject({ code: 0 });
    const model = at(name, 'model');
    expect(await hpo('export', study, '--out', model)).toMatchObject({ code: 0 });
    const { code, out } = await hpo('predict', model, at('images/dark/0.png'), '--json');
    expect(code).toBe(0);
    const [first] = JSON.parse(out) as { classes: { name: string; probability: number }[] }[];
    expect(first?.classes[0]?.name).toBe('dark');
  });

  it('takes random weights, and no others', async () => {
    const study = await firstStudy(at('plain.onnx'), 'random', '--weights', 'random');
    expect(JSON.parse(readFileSync(study, 'utf8'))).toMatchObject({
      backbone: { name: '../plain.onnx', weights: 'random' },
    });
    const args = ['init', at('images'), '--backbone', at('plain.onnx'), '--weights', 'a.h5', '--out', at('no.json')];
    const { code, err } = await hpo(...args);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/expected --weights random, or none/) });
  });

  it('downloads no model of the hub where it may not', async () => {
    const { code, err } = await hpo('init', at('images'), '-b', 'hf:a/b', '--out', at('no.json'), '--offline');
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/hf:a\/b.*nothing may be downloaded/) });
  });
});
