// The page of a model in a browser: from a file, without a network, it gives nearly the probabilities of predict, and class names are text.
import { mkdtempSync, readFileSync, readdirSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, findChromium } from '../../../scripts/screenshots/browser.js';
import { classifierPage } from '../../../src/app/model/classifier-page.js';
import { type OpenClassifier, openClassifier } from '../../../src/app/model/open-classifier.js';
import { backboneWeights } from '../../../src/backbones/backbone-weights.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { outputShape } from '../../../src/backbones/shapes.js';
import { decodePixels } from '../../../src/images/pixels.js';
import type { Resize } from '../../../src/images/resize.js';
import { RandomStream } from '../../../src/math/random.js';
import type { TrainedModel } from '../../../src/trainer/model/trained-model.js';

const CLASSES = [
  '</script><script>window.broken = 1</script>',
  '<img src=x onerror="window.broken = 2">',
  '\'"&\u2028ключ',
];
const NAME = '<b onclick="window.broken = 3">insects</b>';
const FACTS = { name: NAME, metrics: { validation: { macroF1: 0.9, 'f1/ant': 0.8 } } };
const PHOTOS = join(import.meta.dirname, '../../../../shared/data/ants-bees/val/ants');
const SIDE = 64;

const chromium = findChromium();

async function modelOf(resize: Resize): Promise<TrainedModel> {
  const backbone = getBackbone('quicknet');
  const weights = await backboneWeights(backbone, undefined, 0);
  const random = RandomStream.of('page');
  const [, , channels] = outputShape(backbone, SIDE);
  const data = Float32Array.from({ length: channels * CLASSES.length }, () => random.normal() / 8);
  weights.set('head/kernel', { shape: [channels, CLASSES.length], role: 'plain', data });
  weights.set('head/bias', { shape: [CLASSES.length], role: 'plain', data: new Float32Array(CLASSES.length) });
  return { backbone, weights, inputSize: SIDE, classes: CLASSES, resize };
}

/** A picture that is no square, with a mark at one side. */
async function photographs(): Promise<Map<string, Buffer>> {
  const pixels = Uint8Array.from({ length: 300 * 200 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 300, Math.floor(i / 900)];
    return x > 180 && y < 120 ? 250 - (i % 3) * 90 : 128 + 60 * Math.sin(x / 9 + (i % 3)) * Math.cos(y / 14);
  });
  const raw = sharp(pixels, { raw: { width: 300, height: 200, channels: 3 } });
  const photos = new Map([['drawn.png', await raw.png().toBuffer()]]);
  if (!existsSync(PHOTOS)) return photos;
  for (const name of readdirSync(PHOTOS).slice(0, 6)) photos.set(name, readFileSync(join(PHOTOS, name)));
  return photos;
}

describe.skipIf(chromium === undefined)('the page of a model (skipped where no chromium is found)', () => {
  let folder: string;
  let browser: Browser;
  let photos: Map<string, Buffer>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hpo-page-'));
    browser = Browser.launch(chromium ?? '');
    photos = await photographs();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  }, 60_000);

  async function open(html: string): Promise<void> {
    const path = join(folder, 'page.html');
    writeFileSync(path, html);
    browser.errors.length = 0;
    browser.requests.length = 0;
    await browser.open(pathToFileURL(path).href, { width: 900, height: 700 });
    await browser.until("!document.getElementById('status').textContent.startsWith('Loading')");
  }

  /** Drops a file on the page and waits for its card. */
  async function dropped(name: string, bytes: Buffer): Promise<{ name: string; share: number }[]> {
    const before = await browser.evaluate<number>("document.querySelectorAll('.card').length");
    await browser.evaluate(`(() => {
      const bytes = Uint8Array.from(atob('${bytes.toString('base64')}'), (character) => character.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], ${JSON.stringify(name)}));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
    })()`);
    const rows = "[...document.querySelector('.card').querySelectorAll('button, p')]";
    await browser.until(`document.querySelectorAll('.card').length > ${before} && ${rows}.length > 0`);
    return browser.evaluate(
      `${rows}.map((row) => ({ name: row.firstChild.textContent, share: Number(row.dataset.share) }))`,
    );
  }

  /** What the page resizes a file to, RGB numbers. */
  function squared(bytes: Buffer, resize: Resize): Promise<number[]> {
    return browser.evaluate(`(async () => {
      const bytes = Uint8Array.from(atob('${bytes.toString('base64')}'), (character) => character.charCodeAt(0));
      return [...squared((await decode(new Blob([bytes]))).pixels, ${SIDE}, '${resize}')];
    })()`);
  }

  async function expected(classifier: OpenClassifier, bytes: Buffer, resize: Resize): Promise<Map<string, number>> {
    const probabilities = await classifier.probabilities(await decodePixels(bytes, SIDE, resize, 'photo'));
    return new Map(CLASSES.map((name, i) => [name, probabilities[i] ?? NaN]));
  }

  it.each(['crop', 'stretch', 'pad'] as const)(
    'gives nearly the probabilities of predict, with %s, and fetches nothing',
    { timeout: 120_000 },
    async (resize) => {
      const model = await modelOf(resize);
      await open(classifierPage(model, FACTS, 'float32'));
      expect(await browser.evaluate("document.getElementById('status').textContent")).toMatch(/^Ready/);
      const classifier = await openClassifier(model, 'onnx');
      for (const [name, bytes] of photos) {
        const theirs = await decodePixels(bytes, SIDE, resize, name);
        const ours = await squared(bytes, resize);
        const difference = ours.reduce((sum, value, i) => sum + Math.abs(value - (theirs[i] ?? NaN)), 0) / ours.length;
        expect(difference, name).toBeLessThan(6); // of 255; one row or column aside would make more than 10
        const found = await dropped(name, bytes);
        const right = await expected(classifier, bytes, resize);
        expect(found.map((row) => row.share)).toEqual(found.map((row) => row.share).toSorted((a, b) => b - a));
        expect(new Set(found.map((row) => row.name))).toEqual(new Set(CLASSES));
        // Weights of a random head are large, and so is what a pixel changes.
        for (const row of found) expect(Math.abs(row.share - (right.get(row.name) ?? NaN)), name).toBeLessThan(0.2);
      }
      await classifier.close();
      expect(browser.errors).toEqual([]);
      expect(browser.requests).toEqual([]);
    },
  );

  it('gives the probabilities of predict to 1e-5 where nothing is resized', { timeout: 60_000 }, async () => {
    const model = await modelOf('crop');
    const small = await sharp(photos.get('drawn.png')).resize(SIDE, SIDE).png().toBuffer();
    await open(classifierPage(model, FACTS, 'float32'));
    const found = await dropped('small.png', small);
    const classifier = await openClassifier(model, 'onnx');
    const right = await expected(classifier, small, 'crop');
    await classifier.close();
    for (const row of found) expect(Math.abs(row.share - (right.get(row.name) ?? NaN))).toBeLessThan(1e-5);
  });

  it('shows names of classes and of the study as text, and runs nothing of them', { timeout: 60_000 }, async () => {
    await open(classifierPage(await modelOf('crop'), FACTS, 'float16'));
    const names = (await dropped('<i>.png', photos.get('drawn.png') ?? Buffer.alloc(0))).map((row) => row.name);
    expect(names.toSorted()).toEqual(CLASSES.toSorted());
    expect(await browser.evaluate("document.querySelector('h1').textContent")).toBe(NAME);
    expect(await browser.evaluate("document.querySelector('.card h2').textContent")).toBe('<i>.png');
    expect(await browser.evaluate('window.broken === undefined && document.images.length === 0')).toBe(true);
    expect(browser.errors).toEqual([]);
  });

  it(
    'shows where it looked for the marked class, and the plain picture without a mark',
    { timeout: 60_000 },
    async () => {
      await open(classifierPage(await modelOf('crop'), FACTS, 'float32'));
      await dropped('drawn.png', photos.get('drawn.png') ?? Buffer.alloc(0));
      const picture = "document.querySelector('.card canvas').toDataURL()";
      const marked = "document.querySelectorAll('.card [aria-pressed=true]').length";
      const top = await browser.evaluate<string>(picture);
      expect(await browser.evaluate(marked)).toBe(1);
      await browser.evaluate("document.querySelectorAll('.card button')[1].click()");
      const second = await browser.evaluate<string>(picture);
      await browser.evaluate("document.querySelectorAll('.card button')[1].click()");
      expect(await browser.evaluate(marked)).toBe(0);
      const plain = await browser.evaluate<string>(picture);
      expect(new Set([top, second, plain]).size).toBe(3);
    },
  );

  it('says of a file that is no image that it cannot be classified', { timeout: 60_000 }, async () => {
    await open(classifierPage(await modelOf('crop'), FACTS, 'float32'));
    const [row] = await dropped('notes.txt', Buffer.from('no image'));
    expect(row?.name).toMatch(/^This file could not be classified/);
  });
});
