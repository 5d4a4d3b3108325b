// A finished study whose files are damaged: it is noticed, nothing wrong is believed, and what is lost is made again.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hpo, temporaryFolder } from './support.js';

const study = {
  name: 'signs',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 4, validation: 3 }, difficulty: 0 } },
  backbone: { name: 'quicknet', inputSize: 32 },
  space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' } },
  search: { strategy: 'sobol', trials: 2, seed: 3 },
  training: { epochs: 3, headEpochs: 1, batchSize: 8, augmentation: 'none', unfreezeDepth: 1 },
  resources: { workers: 1, engine: 'onnx' },
};

const folder = temporaryFolder({ 'whole/study.json': study });
const at = (...path: string[]): string => join(folder.path, ...path);
let best: number;

beforeAll(async () => {
  process.env['HPO_CACHE'] = at('cache');
  expect((await hpo('run', at('whole/study.json'), '--plain')).code).toBe(0);
  best = (JSON.parse((await hpo('best', at('whole'), '--json')).out) as { number: number }).number;
});
afterAll(() => {
  delete process.env['HPO_CACHE'];
  folder.remove();
});
beforeEach(() => {
  rmSync(at('study'), { recursive: true, force: true });
  cpSync(at('whole'), at('study'), { recursive: true });
});

const fileOf = (name: string): string => at('study/study.run/trials', String(best), name);
function flip(file: string, place: number): void {
  const bytes = readFileSync(file);
  bytes[Math.floor(place * (bytes.length - 1))]! ^= 1;
  writeFileSync(file, bytes);
}
const check = () => hpo('check', at('study/study.json'));

it('an undamaged run is whole, line by line and file by file', async () => {
  const { code, out } = await check();
  expect(out).toMatch(/^journal {2}\d+ lines whole$/m);
  expect(out).toMatch(new RegExp(`^trials/${best}/best.safetensors +whole$`, 'm'));
  expect(out).toMatch(new RegExp(`^trials/${best}/best.json +whole$`, 'm'));
  expect(out).toMatch(/everything is whole$/);
  expect(code).toBe(0);
});

it('a damaged checkpoint of a trial that is over is told, and asks for nothing', async () => {
  flip(fileOf('checkpoint.safetensors'), 0.9);
  const { code, out } = await check();
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/checkpoint\.safetensors +damaged, but not needed: its trial/),
  ]);
  expect(out).toMatch(/everything that is needed is whole$/);
});

describe('a damaged best.json', () => {
  it('keeps nobody from what the journal knows, and is made again by the next run', async () => {
    const before = readFileSync(fileOf('best.json'), 'utf8');
    flip(fileOf('best.json'), 0.5);
    for (const args of [['show'], ['best'], ['report'], ['export', '--out', at('study/model')]]) {
      const { code, err } = await hpo(args[0] as string, at('study/study.json'), ...args.slice(1));
      expect([args[0], code]).toEqual([args[0], 0]);
      expect(err).toMatch(/warning: no interval and no mistakes of trial \d: .*best\.json/);
    }
    expect((await check()).out).toMatch(/best\.json +damaged: /);
    const { code, err } = await hpo('run', at('study/study.json'), '--plain');
    expect([code, err]).toEqual([0, expect.stringContaining(`best.json of trial ${best} is made again`)]);
    const images = (text: string): unknown => (JSON.parse(text) as { images: number }).images;
    expect(images(readFileSync(fileOf('best.json'), 'utf8'))).toEqual(images(before));
    expect((await check()).code).toBe(0);
  });
});

describe('a pipe in the place of the lock', () => {
  it.skipIf(process.platform === 'win32')('keeps nobody from reading, and is refused by a run', async () => {
    execFileSync('mkfifo', [at('study/study.run/lock')]);
    for (const command of ['show', 'best', 'report', 'check', 'watch']) {
      const { code, err } = await hpo(command, at('study/study.json'));
      expect([command, code, err]).toEqual([command, 0, expect.not.stringContaining('not expected')]);
    }
    const { code, err } = await hpo('run', at('study/study.json'), '--plain');
    expect([code, err]).toEqual([1, expect.stringContaining('expected a file, got a named pipe')]);
  });
});

describe('damaged weights of the best trial', () => {
  it('are not exported, and are trained again by the next run, bit for bit', async () => {
    const before = readFileSync(fileOf('best.safetensors'));
    flip(fileOf('best.safetensors'), 0.9);
    const refused = await hpo('export', at('study/study.json'), '--out', at('study/model'));
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/expected the checksum .*hpo run .* trains trial \d again/s);
    expect((await check()).code).toBe(1);
    const { code, err } = await hpo('run', at('study/study.json'), '--plain');
    expect([code, err]).toEqual([0, expect.stringContaining(`weights of trial ${best} are lost`)]);
    expect(readFileSync(fileOf('best.safetensors')).equals(before)).toBe(true);
    expect((await hpo('export', at('study/study.json'), '--out', at('study/model'))).code).toBe(0);
  });

  it('of another epoch are not exported', async () => {
    const bytes = readFileSync(fileOf('best.safetensors')).toString('latin1');
    const other = bytes.replace(/"epoch":"(\d)"/, (_, epoch: string) => `"epoch":"${(Number(epoch) % 9) + 1}"`);
    writeFileSync(
      fileOf('best.safetensors'),
      other.replace('"checksum":', '"checksun":').replace('"version":"2"', '"version":"1"'),
      'latin1',
    );
    const { code, err } = await hpo('export', at('study/study.json'), '--out', at('study/model'));
    expect([code, err]).toEqual([2, expect.stringMatching(/expected the weights of epoch \d, got \d/)]);
  });
});

describe('a damaged journal', () => {
  const journal = (): string => at('study/study.run/journal.jsonl');

  it('is told with its line, by every command and by check with every line', async () => {
    const lines = readFileSync(journal(), 'utf8').split('\n');
    lines[2] = (lines[2] as string).replace(/"at":\d/, '"at":9');
    lines[4] = 'nothing';
    writeFileSync(journal(), lines.join('\n'));
    const shown = await hpo('show', at('study/study.json'));
    expect([shown.code, shown.err]).toEqual([1, expect.stringMatching(/journal\.jsonl:3: expected the checksum/)]);
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(out).toMatch(/line 3: expected the checksum .*\n +line 5: expected an event as JSON/);
  });

  it('without its last line is told by check, and made whole by the next run', async () => {
    const lines = readFileSync(journal(), 'utf8').trim().split('\n');
    const last = lines.findLastIndex((line) => line.includes('"told"'));
    writeFileSync(journal(), `${lines.slice(0, last).join('\n')}\n`);
    expect((await check()).out).toMatch(/last lines are missing: study\.db\.json knows the outcome/);
    expect((await hpo('run', at('study/study.json'), '--plain')).code).toBe(0);
    expect((await check()).code).toBe(0);
  });
});
