// The command line with a table of labels, from hpo init to a model that classifies.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hpo, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const at = (...path: string[]): string => join(folder.path, ...path);
const colours = { blue: { r: 40, g: 60, b: 220 }, red: { r: 220, g: 50, b: 40 } } as const;
const studySchema = z.looseObject({ data: z.record(z.string(), z.unknown()) });
const written = (): z.output<typeof studySchema> =>
  studySchema.parse(JSON.parse(readFileSync(at('study.json'), 'utf8')));

beforeAll(async () => {
  process.env['HPO_CACHE'] = at('cache');
  mkdirSync(at('scans'));
  const lines = ['picture;colour;importance;split'];
  for (let i = 0; i < 24; i++) {
    const name = i % 2 === 0 ? 'blue' : 'red';
    const square = { create: { width: 8 + (i % 5), height: 8 + (i % 7), channels: 3 as const, background: '#fff' } };
    await sharp({ create: { width: 40, height: 40, channels: 3, background: colours[name] } })
      .composite([{ input: square, left: (i * 7) % 25, top: (i * 11) % 25 }])
      .png()
      .toFile(at('scans', `${i}.png`));
    lines.push(`${i}.png;${name};${1 + (i % 3)};${['train', 'train', 'val', 'test'][(i >> 1) & 3] ?? ''}`);
  }
  writeFileSync(at('labels.csv'), `${lines.join('\r\n')}\r\n24.png;red;1;train\r\n`);
});
afterAll(() => {
  delete process.env['HPO_CACHE'];
  folder.remove();
});

describe('a study of a table', () => {
  it('is refused by init where a column cannot be guessed', async () => {
    const { code, err } = await hpo('init', at('labels.csv'), '--backbone', 'quicknet', '--out', at('study.json'));
    expect(code).toBe(2);
    expect(err).toContain("labels.csv, line 1: expected a column such as 'label'");
    const text = readFileSync(at('labels.csv'), 'utf8');
    writeFileSync(at('labels.csv'), text.replace('colour;importance', 'label;weight'));
  });

  it('is written by init, with the columns and the folder that it found', async () => {
    const { code, err } = await hpo('init', at('labels.csv'), '--backbone', 'quicknet', '--out', at('study.json'));
    expect(code).toBe(0);
    expect(written().data).toEqual({
      table: 'labels.csv',
      images: 'scans',
      columns: { file: 'picture', label: 'label', split: 'split', weight: 'weight' },
    });
    expect(err).toContain('training images of 2 classes, from labels.csv: blue, red');
    expect(err).toContain("file 'picture' (guessed)");
  });

  it('is planned, with its columns and the row whose file is missing', async () => {
    const small = {
      space: { learningRate: { type: 'float', min: 1e-3, max: 1e-2, scale: 'log' } },
      search: { strategy: 'sobol', trials: 2, seed: 5 },
      training: { epochs: 2, headEpochs: 1, unfreezeDepth: 0, batchSize: 4, augmentation: 'flip', views: 2 },
      resources: { workers: 1 },
    };
    const { data, ...rest } = written();
    writeFileSync(
      at('study.json'),
      JSON.stringify({ ...rest, ...small, data: { ...data, slices: ['weight'], maxCorruptShare: 0.1 } }),
    );
    const { code, out } = await hpo('plan', at('study.json'));
    expect(code).toBe(0);
    expect(out).toContain(
      "labels.csv: 25 images; columns: file 'picture', label 'label', split 'split', weight 'weight'",
    );
    expect(out).toMatch(/^ +blue +6 +3 +3$/m);
    expect(out).toMatch(/1 file not used, no such file: .*24\.png \(line 26\)/);
  });

  it('is run, reported and trained, and its model classifies', async () => {
    expect((await hpo('run', at('study.json'))).code).toBe(0);
    expect((await hpo('report', at('study.json'), '--out', at('report.html'))).code).toBe(0);
    expect((await hpo('augment', at('study.json'), '--out', at('sheet.png'))).code).toBe(0);
    expect((await hpo('export', at('study.json'), '--out', at('model'))).code).toBe(0);
    expect(readFileSync(at('model/config.json'), 'utf8')).toContain('"../labels.csv"');
    expect(readFileSync(at('model/model-card.md'), 'utf8')).toContain('From ../labels.csv.');
    const trained = await hpo('train', at('model/config.json'), '--out', at('again'));
    expect(trained.code).toBe(0);
    // Each weight has two of the six validation images, and of the test images.
    const ofSlices =
      /^slice, worst first +accuracy +95 % interval +images(?: *\n(?:weight [123] .* 2 {2}few images\n?)){3}/m;
    for (const shown of [
      (await hpo('show', at('study.json'))).out,
      (await hpo('best', at('study.json'))).out,
      trained.out,
    ]) {
      expect(shown).toMatch(ofSlices);
    }
    expect(readFileSync(at('report.html'), 'utf8')).toContain('Slices of the images');
    expect(
      readFileSync(at('again/model-card.md'), 'utf8').split('Slices of the images, the worst first:'),
    ).toHaveLength(3);
    expect(readFileSync(at('model/model-card.md'), 'utf8')).toContain('## Known weaknesses');
    const { out } = await hpo('predict', at('again'), at('scans/0.png'));
    expect(out).toMatch(/blue|red/);
    expect(existsSync(at('report.html'))).toBe(true);
  });

  it('may name other slices later, but no column that is not there', async () => {
    const { data, ...rest } = written();
    const rename = (column: string): void =>
      writeFileSync(at('study.json'), JSON.stringify({ ...rest, data: { ...data, slices: [column] } }));
    rename('label');
    expect((await hpo('run', at('study.json'))).code).toBe(0);
    expect((await hpo('show', at('study.json'))).out).toMatch(/^label (blue|red) /m);
    rename('camera');
    const { code, err } = await hpo('run', at('study.json'));
    expect([code, err]).toEqual([2, expect.stringContaining("expected a column 'camera' (data.slices)")]);
    rename('label');
  });

  it('is refused once its labels have changed, with what changed', async () => {
    const text = readFileSync(at('labels.csv'), 'utf8');
    writeFileSync(at('labels.csv'), text.replace('0.png;blue', '0.png;red'));
    const { code, err } = await hpo('run', at('study.json'));
    expect(code).toBe(2);
    expect(err).toContain('train images of blue: 6 → 5');
  });
});
