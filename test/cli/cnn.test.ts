// The command line with the built-in trainer, from a folder of images to a model that classifies.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hpo, temporaryFolder, writeFiles } from './support.js';

const COLOURS = { blue: { r: 40, g: 60, b: 220 }, red: { r: 220, g: 50, b: 40 } } as const;
const IMAGES = { train: 8, val: 4, test: 4 } as const;

const study = {
  name: 'colours',
  data: { train: 'images/train', validation: 'images/val', test: 'images/test', maxCorruptShare: 0.2 },
  backbone: { name: 'quicknet' },
  space: {
    learningRate: { type: 'float', min: 1e-3, max: 1e-2, scale: 'log' },
    unfreezeDepth: { type: 'int', min: 0, max: 1 },
  },
  search: { strategy: 'sobol', trials: 3, seed: 5 },
  training: { epochs: 2, headEpochs: 1, batchSize: 8, augmentation: 'flip', views: 2 },
  resources: { workers: 1 },
};

const folder = temporaryFolder({ 'study.json': study });
const at = (...path: string[]): string => join(folder.path, ...path);
const read = (...path: string[]): string => readFileSync(at(...path), 'utf8');
const values = (run: string): unknown[] =>
  read(run, 'journal.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; trial: number; report: { metrics: object } })
    .filter(({ type }) => type === 'reported')
    .map(({ trial, report }) => [trial, report.metrics]);

beforeAll(async () => {
  process.env['HPO_CACHE'] = at('cache');
  for (const [split, count] of Object.entries(IMAGES)) {
    for (const [name, colour] of Object.entries(COLOURS)) {
      await mkdir(at('images', split, name), { recursive: true });
      for (let i = 0; i < count; i++) await paint(at('images', split, name, `${i}.png`), colour, split.length * 10 + i);
    }
  }
  writeFileSync(at('images/train/red/broken.png'), 'no image at all');
});
afterAll(() => {
  delete process.env['HPO_CACHE'];
  folder.remove();
});

/** A field of the colour with a bright square somewhere. */
async function paint(file: string, background: { r: number; g: number; b: number }, variant: number): Promise<void> {
  const square = {
    create: { width: 12, height: 12, channels: 3 as const, background: { r: 250, g: 250, b: 250 - variant } },
  };
  await sharp({ create: { width: 48, height: 48, channels: 3, background } })
    .composite([{ input: square, left: (variant * 7) % 36, top: (variant * 11) % 36 }])
    .png()
    .toFile(file);
}

describe('a study of images', () => {
  it('is planned without being run', async () => {
    const { code, out } = await hpo('plan', at('study.json'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      name: 'colours',
      trials: 3,
      training: {
        images: { classes: ['blue', 'red'], counts: { train: [8, 8], test: [4, 4] } },
        epochs: 2,
        stepsPerEpoch: [2, 2],
      },
    });
    expect(readdirSync(folder.path)).not.toContain('study.run');
  });

  it('runs, names what it skipped, and shows the best trial by class', async () => {
    const { code, out, err } = await hpo('run', at('study.json'));
    expect(code).toBe(0);
    for (const text of [out, err]) expect(text).toContain('WARNING: backbone quicknet is NOT FOR PHOTOGRAPHS.');
    expect(err).toContain('images: 16 training, 8 validation, of 2 classes');
    expect(err).toMatch(/warning: 1 file not used, .*broken\.png/);
    const best = await hpo('best', at('study.json'));
    expect(best.out).toMatch(/^class +precision +recall +F1 +images$/m);
    expect(best.out).toMatch(/^blue .* 4$/m);
  });

  it('has the same numbers without feature reuse', async () => {
    writeFiles(folder.path, {
      'fresh/study.json': {
        ...study,
        data: { ...study.data, train: '../images/train', validation: '../images/val', test: '../images/test' },
      },
    });
    expect((await hpo('run', at('fresh'), '--no-feature-reuse')).code).toBe(0);
    expect(values('fresh/study.run')).toEqual(values('study.run'));
  });

  it('is refused once its images have changed, with what changed', async () => {
    await paint(at('images/train/red/new.png'), COLOURS.red, 99);
    const { code, err } = await hpo('run', at('study.json'));
    expect(code).toBe(2);
    expect(err).toContain('train images of red: 8 → 9');
    writeFileSync(at('images/train/red/new.png'), 'no image either');
  });

  it.each([
    ['a metric that no trial reports', { objective: { metric: 'f2' } }, 'objective.metric: expected one of accuracy'],
    ['a misspelt metric', { objective: { metric: 'macro_f1' } }, "found 'macro_f1'; did you mean 'macroF1'?"],
    ['weights that cannot be read', { backbone: { name: 'quicknet', weights: 'study.json' } }, 'ERR_WEIGHTS'],
    ['a positive class that is none', { objective: { positiveClass: 'green' } }, 'objective.positiveClass: '],
  ])('is refused by plan as by run: %s', async (_, change, message) => {
    writeFiles(folder.path, { 'wrong.json': { ...study, ...change } });
    const { code, err } = await hpo('plan', at('wrong.json'));
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('is refused where a depth is beyond the backbone', async () => {
    const deep = { ...study, space: { unfreezeDepth: { type: 'int', min: 0, max: 9 } } };
    writeFiles(folder.path, { 'deep.json': deep });
    const { code, err } = await hpo('run', at('deep.json'));
    expect(code).toBe(2);
    expect(err).toContain('space.unfreezeDepth: expected at most 6, the blocks of quicknet, found 9');
  });
});

describe('a model', () => {
  it('is exported whole, and not over something else', async () => {
    expect((await hpo('export', at('study.json'), '--out', at('model'))).code).toBe(0);
    expect(readdirSync(at('model')).sort()).toEqual(
      ['config.json', 'input.json', 'metrics.json', 'model-card.md', 'model.json', 'model.onnx', 'weights.bin'].sort(),
    );
    expect(read('model/model-card.md')).toContain('| red | 8 | 4 | 4 |');
    const again = await hpo('export', at('study.json'), '--out', at('model'));
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('--force') as string]);
    expect((await hpo('export', at('study.json'), '--out', at('model'), '--force')).code).toBe(0);
    expect((await hpo('export', at('study.json'), '--out', at('images'), '--force')).code).toBe(2);
  });

  it('is made again, to the byte, by its configuration, and evaluated on the test images', async () => {
    const { code, out } = await hpo('train', at('model/config.json'), '--out', at('again'));
    expect(code).toBe(0);
    expect(out).toMatch(/^test +macroF1 .* 8 images$/m);
    expect(readFileSync(at('again/weights.bin')).equals(readFileSync(at('model/weights.bin')))).toBe(true);
    expect(JSON.parse(read('again/metrics.json'))).toMatchObject({
      results: [{ split: 'validation' }, { split: 'test', images: 8 }],
    });
  });

  it('classifies images, and names those that it cannot read', async () => {
    const files = [at('images/test/red/0.png'), at('nowhere.png'), at('images/test/blue/0.png')];
    const { code, out, err } = await hpo('predict', at('model'), ...files, '--json', '--top', '2');
    expect(code).toBe(1);
    expect(err).toContain('nowhere.png');
    const predictions = JSON.parse(out) as { file: string; classes: { name: string; probability: number }[] }[];
    expect(predictions.map(({ file }) => file)).toEqual([files[0], files[2]]);
    for (const { classes } of predictions) {
      expect(classes.map(({ name }) => name).sort()).toEqual(['blue', 'red']);
      expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    }
  });

  it('classifies all images below a folder', async () => {
    const { code, out } = await hpo('predict', at('model'), at('images/test'), '--json');
    expect(code).toBe(0);
    const files = (JSON.parse(out) as { file: string }[]).map(({ file }) => file);
    expect(files).toHaveLength(8);
    expect(files).toContain(at('images/test/red/0.png'));
    expect(files).toEqual(files.toSorted());
  });

  it('writes pictures of where it looked, each under a name of its own, and of an ONNX file says why it cannot', async () => {
    const files = [at('images/test/red/0.png'), at('images/test/blue/0.png')];
    const { code, out } = await hpo('predict', at('model'), ...files, '--json', '--explain', at('looked'));
    expect(code).toBe(0);
    const explained = (JSON.parse(out) as { explained: string }[]).map((one) => one.explained);
    expect(explained).toEqual([at('looked/0.png'), at('looked/0-2.png')]);
    for (const file of explained) {
      expect(await sharp(file).metadata()).toMatchObject({ format: 'png', width: 448, height: 448 });
    }
    const alone = await hpo('predict', at('model/model.onnx'), ...files, '--explain', at('looked'));
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('got an ONNX file')]);
    const plain = await hpo('predict', at('model/model.onnx'), ...files, '--json');
    const folder = await hpo('predict', at('model'), ...files, '--json');
    const labels = (text: string): string[] =>
      (JSON.parse(text) as { classes: { name: string }[] }[]).map(({ classes }) => classes[0]?.name ?? '');
    expect(labels(plain.out)).toEqual(labels(folder.out));
  });

  it('refuses a folder without images', async () => {
    const { code, err } = await hpo('predict', at('model'), at('model'));
    expect(code).toBe(2);
    expect(err).toContain('got none: names that end with .jpg');
  });

  it('is refused with every problem of its configuration', async () => {
    writeFiles(folder.path, {
      'bad.json': { name: 'x', data: { folder: 'images' }, backbone: {}, training: { epochs: 0, colour: 1 } },
    });
    const { code, err } = await hpo('train', at('bad.json'));
    expect(code).toBe(2);
    for (const path of ['backbone.name', 'training.epochs']) expect(err).toContain(`${path}: expected`);
    expect(err).toContain('training.colour: unknown key');
  });
});

describe('hpo init', () => {
  it('writes a study that can be planned', async () => {
    const { code, out } = await hpo('init', at('images'), '--out', at('first.json'));
    expect([code, out]).toEqual([0, at('first.json')]);
    expect(JSON.parse(read('first.json'))).toMatchObject({
      data: { train: 'images/train', validation: 'images/val', test: 'images/test' },
      backbone: { name: 'mobilenetv3small' },
    });
    // Of the images in that folder some are damaged.
    const tolerant = read('first.json').replace(
      '"test": "images/test"',
      '"test": "images/test", "maxCorruptShare": 0.5',
    );
    writeFiles(folder.path, { 'first.json': tolerant });
    const offline = await hpo('plan', '--offline', at('first.json'));
    expect([offline.code, offline.out]).toEqual([2, '']);
    expect(offline.err).toContain('backbones pull mobilenetv3small` while there is a network');
    const random = tolerant.replace('"mobilenetv3small"', '"mobilenetv3small", "weights": "random"');
    writeFiles(folder.path, { 'first.json': random });
    expect((await hpo('plan', at('first.json'))).code).toBe(0);
  });

  it('takes what a sweep says, with images or without', async () => {
    writeFileSync(
      at('sweep.yaml'),
      'name: swept\nprogram: train.py\nmethod: random\nrun_cap: 5\nparameters:\n  lr: { min: 0.001, max: 0.01 }\n  epochs: { value: 1 }\n',
    );
    const swept = { name: 'swept', space: { learningRate: { min: 0.001 } }, search: { strategy: 'random', trials: 5 } };
    const { code, err } = await hpo('init', at('images'), '--from', at('sweep.yaml'), '--out', at('swept.json'));
    expect(code).toBe(0);
    expect(err).toContain("program 'train.py' is left out");
    expect(JSON.parse(read('swept.json'))).toMatchObject({
      ...swept,
      data: { train: 'images/train' },
      training: { epochs: 1, headEpochs: 0 },
    });
    const backbone = ['--backbone', 'squeezenet1.1'];
    expect(await hpo('init', '--from', at('sweep.yaml'), ...backbone, '--out', at('empty.json'))).toMatchObject({
      code: 0,
    });
    expect(JSON.parse(read('empty.json'))).toMatchObject({ ...swept, data: { folder: 'images' } });
  });

  it('refuses what is no sweep, and nothing at all', async () => {
    writeFileSync(at('bad.yaml'), 'parameters: [1, 2');
    const { code, err } = await hpo('init', '--from', at('bad.yaml'), '--out', at('never.json'));
    expect(code).toBe(2);
    expect(err).toContain('expected YAML or JSON');
    expect((await hpo('init', '--out', at('never.json'))).err).toContain('got neither');
    expect((await hpo('init', '--from', at('none.yaml'), '--out', at('never.json'))).err).toContain('at --from');
  });

  it('does not write over a file', async () => {
    const before = read('study.json');
    expect((await hpo('init', at('images'), '--out', at('study.json'))).code).toBe(2);
    expect(read('study.json')).toBe(before);
  });
});
