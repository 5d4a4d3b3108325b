// The command line with several labels an image, from hpo init to a model that gives labels.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readStudy } from '../../src/app/files/read-study.js';
import { PictureFolder } from '../images/indexing/picture-folder.js';
import { writeScenes } from '../images/shape-scenes.js';
import { hpo } from './support.js';

let folder: PictureFolder;
const at = (...path: string[]): string => join(folder.path, ...path);
const jsonOf = <T>(schema: z.ZodType<T>, text: string): T => schema.parse(JSON.parse(text));
const studySchema = z.looseObject({ data: z.record(z.string(), z.unknown()), objective: z.unknown() });
const written = (): z.output<typeof studySchema> => jsonOf(studySchema, readFileSync(at('study.json'), 'utf8'));

beforeAll(async () => {
  folder = await PictureFolder.create();
  process.env['HPO_CACHE'] = at('cache');
  await writeScenes(folder, 120);
});
afterAll(async () => {
  delete process.env['HPO_CACHE'];
  await folder[Symbol.asyncDispose]();
});

describe('a study of several labels an image', () => {
  it('is written by init, which recognises columns of 0 and 1', async () => {
    const { code, err } = await hpo('init', at('labels.csv'), '--backbone', 'quicknet', '--out', at('study.json'));
    expect(code).toBe(0);
    expect(written()).toMatchObject({
      data: {
        table: 'labels.csv',
        images: 'photos',
        columns: { file: 'file' },
        labels: ['circle', 'square', 'triangle'],
      },
      objective: { metric: 'meanAveragePrecision', direction: 'maximize' },
    });
    expect(err).toMatch(/120 images with 3 labels[^]*Each image may have several labels[^]*of 120 have none/);
  });

  it('is planned with the images of each label and of all', async () => {
    const small = {
      space: { learningRate: { type: 'float', min: 3e-3, max: 3e-2, scale: 'log' } },
      search: { strategy: 'sobol', trials: 2, seed: 5 },
      training: {
        epochs: 3,
        headEpochs: 1,
        unfreezeDepth: 0,
        batchSize: 8,
        augmentation: 'none',
        classWeights: 'balanced',
      },
      pruner: { type: 'median' },
      resources: { workers: 1, engine: 'onnx' },
    };
    writeFileSync(
      at('study.json'),
      JSON.stringify({ ...written(), ...small, data: { ...written().data, testSplit: 0.2 } }),
    );
    const { code, out } = await hpo('plan', at('study.json'));
    expect(code).toBe(0);
    expect(out).toMatch(/^ +label +train +validation +test$/m);
    expect(out).toMatch(/^ +all images +\d+ +\d+ +\d+$/m);
  });

  it('is run and shown, with right and wrong by label and its threshold', async () => {
    const { code, err } = await hpo('run', at('study.json'));
    expect(code).toBe(0);
    expect(err).toMatch(/images: \d+ training, \d+ validation, with 3 labels/);
    const { out } = await hpo('best', at('study.json'));
    expect(out).toMatch(/label +precision +recall +F1 +images +found +missed +false alarms +threshold/);
    const best = await hpo('best', at('study.json'), '--json');
    const { labels, thresholds } = jsonOf(
      z.looseObject({ labels: z.array(z.array(z.array(z.int()))), thresholds: z.array(z.number()) }),
      best.out,
    );
    expect([labels.length, thresholds.length]).toEqual([3, 3]);
    expect((await hpo('check', at('study.json'))).code).toBe(0);
  });

  it('is reported, with a row for each label and pictures of mistakes', async () => {
    expect((await hpo('report', at('study.json'), '--out', at('report.html'))).code).toBe(0);
    const page = readFileSync(at('report.html'), 'utf8');
    for (const text of ['Right and wrong by label', 'Scores by label', 'false alarms']) expect(page).toContain(text);
    expect((await hpo('report', at('study.json'), '--format', 'csv', '--out', at('trials.csv'))).code).toBe(0);
    expect(readFileSync(at('trials.csv'), 'utf8')).toContain('averagePrecision/triangle');
  });

  it('is not exported without its thresholds, which the next run makes again', async () => {
    const { layout, history } = await readStudy(at('study.json'));
    const file = join(layout.trials, String(history.best?.number), 'best.json');
    const whole = readFileSync(file, 'utf8');
    for (const damage of ['{', undefined]) {
      if (damage === undefined) rmSync(file);
      else writeFileSync(file, damage);
      const { code, err } = await hpo('export', at('study.json'), '--out', at('none'), '--format', 'onnx');
      expect(code).not.toBe(0);
      expect(err).toMatch(/expected the thresholds of the labels, got none at .*best.json: hpo run .* makes it again/);
      expect((await hpo('run', at('study.json'))).code).toBe(0);
      const thresholds = (text: string): unknown =>
        jsonOf(z.looseObject({ thresholds: z.array(z.number()) }), text).thresholds;
      expect(thresholds(readFileSync(file, 'utf8'))).toHaveLength(3);
      expect(thresholds(whole)).toHaveLength(3);
    }
  });

  it('is exported, trained and tested, and its models give labels', async () => {
    const formats = ['--format', 'onnx,tfjs,python,page'];
    expect((await hpo('export', at('study.json'), '--out', at('model'), ...formats)).code).toBe(0);
    const card = readFileSync(at('model/model-card.md'), 'utf8');
    expect(card).toMatch(
      /gives each of 3 labels or not[^]*Each threshold is the one with the best F1 on the validation images/,
    );
    expect(readFileSync(at('model/page.html'), 'utf8')).toContain('"thresholds"');
    expect(readFileSync(at('model/classify.py'), 'utf8')).toContain('probability >= thresholds[name]');
    const ensemble = await hpo('export', at('study.json'), '--out', at('both'), '--ensemble', '2', '--format', 'onnx');
    expect(ensemble.err).toContain('one class for each image at --ensemble, got several labels');
    const trained = await hpo('train', at('model/config.json'), '--out', at('again'));
    expect(trained.out).toMatch(/test +meanAveragePrecision[^]*label +precision[^]*threshold/);
    const predictions = z.array(
      z.strictObject({
        file: z.string(),
        labels: z.array(z.string()),
        classes: z.array(z.strictObject({ name: z.string(), probability: z.number(), threshold: z.number() })),
        explanations: z.record(z.string(), z.string()),
      }),
    );
    const { out } = await hpo('predict', at('again'), at('photos/2.png'), '--json', '--explain', at('maps'));
    const [prediction] = jsonOf(predictions, out);
    const { labels = [], classes = [], explanations = {} } = prediction ?? {};
    expect(classes.filter(({ probability, threshold }) => probability >= threshold).map(({ name }) => name)).toEqual(
      labels,
    );
    expect(Object.keys(explanations)).toEqual(labels);
    for (const picture of Object.values(explanations)) expect(existsSync(picture)).toBe(true);
    expect((await hpo('predict', at('again'), at('photos/2.png'))).out).toContain(labels[0] ?? 'no label');
  });

  it('does not start from a study of classes, nor a study of classes from it', async () => {
    const classes = { drawn: { family: 'pictograms', perClass: { train: 2, validation: 1 } } };
    const objective = { metric: 'macroF1' };
    const shared = { ...written(), search: { strategy: 'bayesian', trials: 1, warmStart: '../study.json' }, objective };
    await folder.write('other/study.json', JSON.stringify({ ...shared, data: classes }));
    const { code, err } = await hpo('run', at('other/study.json'));
    expect(code).toBe(2);
    expect(err).toContain('expected a study of one class an image, got one of several labels an image');
  });
});

describe('init of a table', () => {
  const rows = (cell: (i: number) => string): string =>
    Array.from({ length: 120 }, (_, i) => `${i}.png,${cell(i)}\n`).join('');
  const init = async (
    table: string,
    name = 'lists.csv',
  ): Promise<{ code: number | null; data?: unknown; err: string }> => {
    await folder.write(name, table);
    const { code, err } = await hpo('init', at(name), '--backbone', 'quicknet', '--out', at(`${name}.json`));
    return code === 0
      ? { code, err, data: jsonOf(studySchema, readFileSync(at(`${name}.json`), 'utf8')).data }
      : { code, err };
  };

  it('recognises a column of lists', async () => {
    const { data } = await init(
      `file,tags\n${rows((i) => ['a', 'b', 'c'].filter((_, k) => i % (k + 2) === 0).join(' '))}`,
    );
    expect(data).toMatchObject({ columns: { file: 'file' }, labels: { column: 'tags', separator: ' ' } });
  });

  it('takes names with commas and spaces for names', async () => {
    const { data } = await init(
      `file,label\n${rows((i) => (i % 2 === 0 ? 'heron, grey' : 'heron, purple'))}`.replaceAll(
        /heron, (\w+)/g,
        '"heron, $1"',
      ),
      'names.csv',
    );
    expect(data).toMatchObject({ columns: { file: 'file', label: 'label' } });
    expect(data).not.toHaveProperty('labels');
  });

  it('refuses numbers to predict', async () => {
    const { code, err } = await init(`file,label\n${rows((i) => String(i / 7))}`, 'ages.csv');
    expect(code).toBe(2);
    expect(err).toContain('numbers to predict (regression) and ordered classes are not supported');
  });
});
