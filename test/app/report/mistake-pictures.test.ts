// Mistakes as pictures: of drawn images, of files, of files that are gone.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picturesOf } from '../../../src/app/report/mistake-pictures.js';
import { layoutOf } from '../../../src/store/run-layout.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';
import type { ModelEvaluation } from '../../../src/trainer/evaluation.js';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hpo-pictures-'));
  mkdirSync(join(folder, 'val/<b>'), { recursive: true });
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 90 };
  const large = { create: { width: 3000, height: 1500, channels: 3 as const, background: '#000', noise } };
  await sharp(large).jpeg().toFile(join(folder, 'val/<b>/large.jpg'));
  writeFileSync(join(folder, 'val/<b>/broken.jpg'), 'no image');
});
afterAll(() => rmSync(folder, { recursive: true }));

const study = (data: object) => {
  const file = join(folder, 'study.json');
  const text = JSON.stringify({
    data,
    backbone: { name: 'quicknet' },
    space: { l2: { type: 'float', min: 0, max: 1 } },
  });
  return { definition: parseStudy(text, 'study.json', 'x'), file, layout: layoutOf(file) };
};
const evaluationOf = (...files: readonly string[]): ModelEvaluation => ({
  split: 'validation',
  images: 9,
  mistakes: files.map((file) => ({ file, actual: 'a', predicted: 'b', confidence: 0.9, probabilityOfActual: 0.1 })),
});

async function sizeOf(picture: string | undefined): Promise<{ width: number; height: number; bytes: number }> {
  const bytes = Buffer.from(picture?.replace('data:image/webp;base64,', '') ?? '', 'base64');
  const { width, height, format } = await sharp(bytes).metadata();
  expect(format).toBe('webp');
  return { width, height, bytes: bytes.length };
}

async function brightness(picture: string | undefined): Promise<number> {
  const bytes = Buffer.from(picture?.replace('data:image/webp;base64,', '') ?? '', 'base64');
  const { channels } = await sharp(bytes).stats();
  return channels.reduce((sum, { mean }) => sum + mean, 0) / channels.length;
}

describe('picturesOf', () => {
  const folders = { train: 'train', validation: 'val' };

  it('makes small pictures of large files, whatever they hold', async () => {
    const { mistakes, problem } = await picturesOf(study(folders), evaluationOf('<b>/large.jpg'));
    expect(problem).toBeUndefined();
    const { width, height, bytes } = await sizeOf(mistakes[0]?.picture);
    expect([width, height]).toEqual([320, 160]);
    expect(bytes).toBeLessThan(80_000);
  });

  it('finds images in one folder that is split', async () => {
    const { mistakes } = await picturesOf(study({ folder: 'val' }), evaluationOf('<b>/large.jpg'));
    expect((await sizeOf(mistakes[0]?.picture)).width).toBe(320);
  });

  it('draws those that the program draws', async () => {
    const drawn = { drawn: { family: 'traffic-signs', perClass: { train: 2, validation: 2 } } };
    const { mistakes } = await picturesOf(study(drawn), evaluationOf('stop/1000001'));
    expect(await sizeOf(mistakes[0]?.picture)).toMatchObject({ width: 320, height: 320 });
  });

  it('looks for mistakes among images of the target in its folder, or its weather', async () => {
    const apart = { train: 'train', validation: 'elsewhere', target: { validation: 'val' } };
    const evaluation = { ...evaluationOf('<b>/large.jpg'), split: 'targetValidation' } as const;
    const { mistakes, problem } = await picturesOf(study(apart), evaluation);
    expect([problem, (await sizeOf(mistakes[0]?.picture)).width]).toEqual([undefined, 320]);
    expect((await picturesOf(study(folders), evaluation)).problem).toContain('expected target validation images');
    const drawn = { family: 'traffic-signs', perClass: { train: 2, validation: 2 }, weather: ['clear'] };
    const target = { weather: ['night'], perClass: { validation: 2 } };
    const sign = evaluationOf('stop/4000001');
    const night = await picturesOf(study({ drawn, target }), { ...sign, split: 'targetValidation' });
    const clear = await picturesOf(study({ drawn, target }), sign);
    expect(await brightness(night.mistakes[0]?.picture)).toBeLessThan(
      0.7 * (await brightness(clear.mistakes[0]?.picture)),
    );
  });

  it('lists those that are gone or broken without a picture, and says why', async () => {
    const { mistakes, problem } = await picturesOf(
      study(folders),
      evaluationOf('<b>/gone.jpg', '<b>/broken.jpg', '<b>/large.jpg'),
    );
    expect(mistakes.map(({ picture }) => picture !== undefined)).toEqual([false, false, true]);
    expect(problem).toContain('gone.jpg');
  });

  it('adds what the network saw, with where it looked for the class that it gave', async () => {
    const asked: [number, number][] = [];
    const classifier = {
      classes: ['a', 'b'],
      inputSize: 64,
      resize: 'crop' as const,
      probabilities: async () => new Float32Array(2),
      activationMap: async (pixels: Uint8Array, classIndex: number) => {
        asked.push([pixels.length, classIndex]);
        return { rows: 1, columns: 2, values: Float32Array.of(0, 1) };
      },
      close: async () => {},
    };
    const evaluation = evaluationOf('<b>/large.jpg', '<b>/gone.jpg');
    const { mistakes } = await picturesOf(study(folders), evaluation, classifier);
    expect(asked).toEqual([[64 * 64 * 3, 1]]);
    expect(await sizeOf(mistakes[0]?.looked)).toMatchObject({ width: 320, height: 320 });
    expect(mistakes[1]?.looked).toBeUndefined();
  });

  it('takes a dozen at most', async () => {
    const { mistakes } = await picturesOf(study(folders), evaluationOf(...new Array<string>(20).fill('<b>/gone.jpg')));
    expect(mistakes).toHaveLength(12);
  });
});
