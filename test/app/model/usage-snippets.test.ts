// The programs of a model card run as they stand, and give what hpo predict gives.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, findChromium } from '../../../scripts/screenshots/browser.js';
import { usageSnippets } from '../../../src/app/model/usage-snippets.js';
import { hpo, temporaryFolder } from '../../cli/support.js';
import { pythonWith } from '../../report/support/python.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const SIZE = 32;
const study = {
  name: 'signs',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 6, validation: 3 }, difficulty: 0 } },
  backbone: { name: 'quicknet', inputSize: SIZE },
  space: { learningRate: { type: 'float', min: 1e-3, max: 1e-2, scale: 'log' } },
  search: { strategy: 'random', trials: 1, seed: 3 },
  training: { epochs: 2, headEpochs: 1, unfreezeDepth: 1, batchSize: 8 },
  resources: { workers: 1 },
};
const chromium = findChromium();
const python = pythonWith('onnxruntime, numpy, PIL');

const folder = temporaryFolder({ 'study.json': study });
const at = (...names: string[]): string => join(folder.path, ...names);
const photo = at('photo.png');
let card: string;
let expected: Map<string, number>;

beforeAll(async () => {
  expect((await hpo('run', at('study.json'), '--plain')).code).toBe(0);
  expect((await hpo('export', at('study.json'), '--out', at('model'))).code).toBe(0);
  card = readFileSync(at('model/model-card.md'), 'utf8');
  // Neither square nor plain: resizing shows.
  const pixels = Uint8Array.from({ length: 90 * 60 * 3 }, (_, i) => 128 + 100 * Math.sin(i / 300) * Math.cos(i / 7000));
  await sharp(pixels, { raw: { width: 90, height: 60, channels: 3 } })
    .png()
    .toFile(photo);
  const { out } = await hpo('predict', at('model'), photo, '--json', '--top', '100');
  const [predicted] = JSON.parse(out) as { classes: { name: string; probability: number }[] }[];
  expected = new Map(predicted?.classes.map(({ name, probability }) => [name, probability]));
  expect(expected.size).toBe(8);
}, 120_000);
afterAll(() => folder.remove());

/** The program of a language in the card. */
function programIn(language: string, text = card): string {
  const [, program = ''] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(text) ?? [];
  expect(program).not.toBe('');
  return program;
}

function expectSame(printed: string, tolerance: number): void {
  const lines = printed
    .trim()
    .split('\n')
    .map((line) => /^(.*) (\S+)$/.exec(line) ?? []);
  expect(lines.map(([, name]) => name).sort()).toEqual([...expected.keys()].sort());
  for (const [, name = '', probability] of lines) {
    expect(Math.abs(Number(probability) - (expected.get(name) ?? NaN)), name).toBeLessThan(tolerance);
  }
}

it('in Node, without hpo, gives the same probabilities', { timeout: 60_000 }, () => {
  writeFileSync(at('model/classify.mjs'), programIn('js'));
  symlinkSync(join(root, 'node_modules'), at('model/node_modules'));
  expectSame(execFileSync(process.execPath, [at('model/classify.mjs'), photo], { encoding: 'utf8' }), 2e-4);
  rmSync(at('model/node_modules'));
});

it.skipIf(python === undefined)(
  'in Python gives nearly the same (skipped without onnxruntime there)',
  { timeout: 60_000 },
  () => {
    writeFileSync(at('model/classify.py'), programIn('python'));
    expectSame(execFileSync(python ?? '', [at('model/classify.py'), photo], { encoding: 'utf8' }), 0.02);
  },
);

it.skipIf(python === undefined)(
  'in Python gives the same to 1e-5 of an image that needs no resizing (skipped without onnxruntime there)',
  { timeout: 60_000 },
  async () => {
    writeFileSync(at('model/classify.py'), programIn('python'));
    const small = at('small.png');
    await sharp(photo).resize(SIZE, SIZE, { fit: 'fill' }).png().toFile(small);
    const { out } = await hpo('predict', at('model'), small, '--json', '--top', '100');
    const [predicted] = JSON.parse(out) as { classes: { name: string; probability: number }[] }[];
    const program = `import json, runpy, sys
sys.argv[1:] = [${JSON.stringify(small)}]
made = runpy.run_path(${JSON.stringify(at('model/classify.py'))})
print(json.dumps(dict(zip(made["classes"], made["probabilities"][0].tolist()))))`;
    const printed = execFileSync(python ?? '', ['-c', program], { encoding: 'utf8' });
    const found = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Record<string, number>;
    expect(predicted?.classes).toHaveLength(8);
    for (const { name, probability } of predicted?.classes ?? []) {
      expect(Math.abs((found[name] ?? NaN) - probability), name).toBeLessThan(1e-5);
    }
  },
);

it('in Node, without hpo, from the tfjs model alone gives the same', { timeout: 60_000 }, async () => {
  expect((await hpo('export', at('study.json'), '--out', at('tfjs'), '--format', 'tfjs')).code).toBe(0);
  const text = readFileSync(at('tfjs/model-card.md'), 'utf8');
  writeFileSync(at('tfjs/classify.mjs'), programIn('js', text));
  symlinkSync(join(root, 'node_modules'), at('tfjs/node_modules'));
  expectSame(execFileSync(process.execPath, [at('tfjs/classify.mjs'), photo], { encoding: 'utf8' }), 2e-4);
  rmSync(at('tfjs/node_modules'));
});

describe.skipIf(chromium === undefined)('in a browser (skipped where no chromium is found)', () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    browser = Browser.launch(chromium ?? '');
    const types: Record<string, string> = {
      '.html': 'text/html',
      '.js': 'text/javascript',
      '.json': 'application/json',
    };
    server = createServer(({ url = '' }, response) => {
      const file = url.startsWith('/npm/') ? join(root, 'node_modules', url.slice(5)) : at('model', url);
      response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
      // A browser asks for an icon of its own accord.
      if (url === '/favicon.ico') response.writeHead(204).end();
      else response.end(readFileSync(file));
    });
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  }, 60_000);

  it('gives nearly the same', { timeout: 60_000 }, async () => {
    const { port } = server.address() as AddressInfo;
    // The libraries come from here in place of their host; everything else is the page of the card.
    const page = programIn('html').replaceAll(/https:\/\/[^/]+\/npm\/(@tensorflow\/[\w-]+)@[\d.]+/g, '/npm/$1');
    const hook = page.replace(
      "document.querySelector('input')",
      "window.classify = classify;\ndocument.querySelector('input')",
    );
    writeFileSync(at('model/index.html'), hook);
    writeFileSync(at('model/photo.png'), readFileSync(photo));
    await browser.open(`http://127.0.0.1:${port}/index.html`, { width: 800, height: 600 });
    await browser.until('window.classify !== undefined');
    expectSame(await browser.evaluate<string>("classify('photo.png')"), 0.1);
    expect(browser.errors).toEqual([]);
  });
});

it.each(['crop', 'stretch', 'pad'] as const)('resizes as the model was trained: %s', (resize) => {
  const text = usageSnippets({ inputSize: 48, resize, formats: ['tfjs'] });
  expect(text).toContain(
    { crop: "fit: 'cover'", stretch: "fit: 'fill'", pad: "fit: 'contain', background: '#808080'" }[resize],
  );
});
