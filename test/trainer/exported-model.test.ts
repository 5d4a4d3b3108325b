// A model in a folder that somebody else made: whatever is wrong with it is told, and nothing outside the folder is read.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { getBackbone } from '../../src/backbones/registry.js';
import { initialise } from '../../src/backbones/initialise.js';
import { outputShape } from '../../src/backbones/shapes.js';
import { RandomStream } from '../../src/math/random.js';
import { exportModel, loadExportedModel } from '../../src/trainer/model/exported-model.js';

interface Manifest {
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
}

const CLASSES = ['a', 'b', 'c'];

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hpo-model-'));
  const backbone = getBackbone('quicknet');
  const weights = initialise(backbone, RandomStream.of('exported'));
  const [, , channels] = outputShape(backbone, 32);
  const zeros = (...shape: number[]) =>
    ({ shape, role: 'plain', data: new Float32Array(shape.reduce((a, b) => a * b)) }) as const;
  weights.set('head/kernel', zeros(channels, CLASSES.length)).set('head/bias', zeros(CLASSES.length));
  await exportModel({ backbone, weights, inputSize: 32, classes: CLASSES, resize: 'crop' }, folder, {
    formats: ['tfjs'],
    dtype: 'float32',
    dropout: 0,
    facts: { name: 'letters', metrics: {} },
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- each caller knows what its file holds
const edit = <T>(name: string, change: (content: T) => void): void => {
  const content = JSON.parse(readFileSync(at(name), 'utf8')) as T;
  change(content);
  writeFileSync(at(name), JSON.stringify(content));
};
const input = (change: (content: { classes: string[]; inputSize: unknown }) => void): void =>
  edit('input.json', change);
const manifest = (change: (group: Manifest['weightsManifest'][number]) => void): void =>
  edit<Manifest>('model.json', ({ weightsManifest }) => weightsManifest.forEach(change));

it('is loaded as it was exported', async () => {
  expect(await loadExportedModel(folder)).toMatchObject({ classes: CLASSES, inputSize: 32, resize: 'crop' });
});

it.each<[string, () => void, RegExp]>([
  [
    'more classes than the head',
    () => input(({ classes }) => classes.push('d')),
    /head for the 4 classes .* \[\d+, 3\]/,
  ],
  ['fewer classes than the head', () => input(({ classes }) => classes.pop()), /head for the 2 classes/],
  [
    'an input of 50,000 pixels',
    () => input((content) => (content.inputSize = 50_000)),
    /inputSize: expected at most 2048/,
  ],
  ['an input of no number', () => input((content) => (content.inputSize = '32')), /inputSize: expected/],
  [
    'a manifest that is null',
    () => edit<{ weightsManifest: unknown }>('model.json', (c) => (c.weightsManifest = [null])),
    /weightsManifest/,
  ],
  ['a manifest without paths', () => manifest((group) => Reflect.deleteProperty(group, 'paths')), /paths: expected/],
  ['a negative shape', () => manifest(({ weights }) => (weights[0]!.shape = [-1])), /shape.*expected/],
  [
    'a shape that is a text',
    () => manifest(({ weights }) => Object.assign(weights[0]!, { shape: '3' })),
    /shape: expected/,
  ],
  ['a shape of terabytes', () => manifest(({ weights }) => (weights[0]!.shape = [1e6, 1e6])), /at most \d+ numbers/],
  [
    'a shape without end',
    () => manifest(({ weights }) => (weights[0]!.shape = Array<number>(8).fill(2 ** 50))),
    /at most \d+ numbers/,
  ],
  ['weights that are cut off', () => truncateSync(at('weights.bin'), 100), /expected weights up to/],
  [
    'more weights than the manifest says',
    () => writeFileSync(at('weights.bin'), Buffer.alloc(5e6)),
    /at most \d+ bytes/,
  ],
  ['a path out of the folder', () => manifest((group) => (group.paths = ['../../../etc/hosts'])), /in the folder of/],
  [
    'an absolute path',
    () => manifest((group) => (group.paths = ['/dev/zero'])),
    /weights file, got nothing|in the folder of/,
  ],
])('with %s is refused', async (_, change, message) => {
  change();
  await expect(loadExportedModel(folder)).rejects.toMatchObject({
    code: 'ERR_WEIGHTS',
    message: expect.stringMatching(message) as string,
  });
});

it.skipIf(process.platform === 'win32').each<[string, () => void, RegExp]>([
  ['a link out of the folder', () => symlinkSync('/etc/hosts', at('weights.bin')), /in the folder of/],
  ['a device', () => symlinkSync('/dev/zero', at('weights.bin')), /in the folder of/],
  ['a named pipe', () => execFileSync('mkfifo', [at('weights.bin')]), /expected a file|named pipe/],
])('with weights that are %s is refused at once', async (_, make, message) => {
  rmSync(at('weights.bin'));
  make();
  await expect(loadExportedModel(folder)).rejects.toThrow(message);
});

it.skipIf(process.platform === 'win32')('whose input.json is a named pipe is refused at once', async () => {
  rmSync(at('input.json'));
  execFileSync('mkfifo', [at('input.json')]);
  await expect(loadExportedModel(folder)).rejects.toThrow(/named pipe/);
});
