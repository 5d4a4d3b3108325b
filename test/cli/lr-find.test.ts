// hpo lr-find: curves and what they suggest, for people, programs and documents.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hpo, temporaryFolder } from './support.js';

const study = {
  name: 'signs',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 4, validation: 2 }, difficulty: 0 } },
  backbone: { name: 'quicknet', inputSize: 32 },
  training: { headEpochs: 1, augmentation: 'none' },
  space: {
    learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
    batchSize: { type: 'choice', values: [8, 16, 32] },
    unfreezeDepth: { type: 'int', min: 0, max: 2 },
  },
};

interface Result {
  configuration: { batchSize: number; unfreezeDepth: number };
  searched: object;
  tested: { depth: number; bounds: object | null; curve: { points: { rate: number; loss: number }[] } }[];
  suggestions: { field: string; bounds: { min: number; max: number }; now: number[] }[];
}

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder({ 'study.json': study });
  process.env['HPO_CACHE'] = join(folder.path, 'cache');
});
afterEach(() => {
  delete process.env['HPO_CACHE'];
  folder.remove();
});

const run = (...args: string[]) => hpo('lr-find', join(folder.path, 'study.json'), '--steps', '40', ...args);
const json = async (...args: string[]) => JSON.parse((await run('--json', ...args)).out) as Result;

describe('hpo lr-find', () => {
  it('tests the head and the deepest trials, and says what it used', async () => {
    const { code, out } = await run('--repeats', '1');
    expect(code).toBe(0);
    expect(out).toContain('signs: learning rates from 1e-6 to 10, 1 run of 40 steps');
    expect(out).toContain('of the space: batchSize=16');
    expect(out).toContain('the head alone (unfreezeDepth 0)');
    expect(out).toContain('head and top 2 blocks (unfreezeDepth 2), after 1 epoch of the head alone');
    expect(out).toMatch(/"learningRate": \{ "type": "float", "min": .*, "scale": "log" \}\n\s+now 1e-5 … 0.01/);
    expect(out).toMatch(/"headLearningRate": .*\n\s+now 0.001/);
    expect(existsSync(join(folder.path, 'study.run'))).toBe(false);
    const plot = out.split('\n').filter((line) => /[│└╶]/.test(line));
    expect(Math.max(...plot.map((line) => Array.from(line).length))).toBeLessThanOrEqual(80);
  });

  it('gives suggestions that a study accepts', async () => {
    const { suggestions } = await json('--repeats', '1');
    const space = Object.fromEntries(
      suggestions.map(({ field, bounds }) => [field, { type: 'float', scale: 'log', ...bounds }]),
    );
    const other = temporaryFolder({ 'study.json': { ...study, space: { ...study.space, ...space } } });
    expect((await hpo('plan', join(other.path, 'study.json'))).code).toBe(0);
    other.remove();
  });

  it('tests other depths and values where it is told to', async () => {
    const { tested, configuration } = await json('--repeats', '1', '--depth', '1', '--set', 'batchSize=8');
    expect(tested.map(({ depth }) => depth)).toEqual([1]);
    expect(configuration.batchSize).toBe(8);
  });

  it('gives the rates of every point', async () => {
    const { tested } = await json('--repeats', '1', '--depth', '0', '--from', '1e-3', '--to', '1e-1');
    expect(tested[0]?.curve.points[0]?.rate).toBeCloseTo(1e-3, 9);
    expect(tested[0]?.curve.points).toHaveLength(40);
  });

  it('says where there is nothing to suggest', async () => {
    const { code, out } = await run('--repeats', '1', '--depth', '0', '--from', '1e-12', '--to', '1e-11');
    expect(code).toBe(1);
    expect(out).toContain('no suggestion');
  });

  it('draws the curve', async () => {
    const [svg, png] = [join(folder.path, 'curve.svg'), join(folder.path, 'curve.png')];
    await run('--repeats', '1', '--depth', '0', '--out', svg);
    await run('--repeats', '1', '--depth', '0', '--out', png);
    expect(readFileSync(svg, 'utf8')).toContain('learning rate');
    expect((await sharp(png).metadata()).format).toBe('png');
  });

  it.each([
    [['--depth', '9'], /unfreezeDepth: expected at most 6, the blocks of quicknet, found 9/],
    [['--set', 'batchsize=8'], /expected a field of training to set, got batchsize/],
    [['--set', 'batchSize=none'], /batchSize/],
    [['--set', 'batchSize'], /expected a field, =, and its value/],
    [['--from', '1', '--to', '0.1'], /expected from below to/],
    [['--from', '0'], /a number above 0/],
    [['--out', 'curve.gif'], /ends with .svg or .png/],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('refuses a study with a custom trainer', async () => {
    const own = temporaryFolder({
      'study.json': { trainer: { module: './train.mjs' }, space: { x: { type: 'float', min: 0, max: 1 } } },
    });
    const { code, err } = await hpo('lr-find', join(own.path, 'study.json'));
    expect(code).toBe(2);
    expect(err).toContain('a custom trainer');
    own.remove();
  });
});
