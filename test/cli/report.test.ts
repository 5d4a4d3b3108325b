// hpo report and what else shows a study, on one that has run.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOY_TRAINER, hpo, temporaryFolder, toyStudy } from './support.js';

const folder = temporaryFolder({ 'train.mjs': TOY_TRAINER, 'study.json': toyStudy(), 'never.json': toyStudy() });
const at = (path: string): string => join(folder.path, path);
const study = at('study.json');

beforeAll(async () => {
  expect((await hpo('run', study, '--mirror', at('mirror.log'))).code).toBe(0);
});
afterAll(() => folder.remove());

describe('hpo report', () => {
  it('writes one HTML file into the run', async () => {
    expect(await hpo('report', study)).toMatchObject({ code: 0, out: at('study.run/report.html') });
    expect(readFileSync(at('study.run/report.html'), 'utf8')).toMatch(/^<!doctype html>[^]*toy/i);
  });

  it('writes CSV and an Optuna journal to stdout', async () => {
    const csv = await hpo('report', study, '--format', 'csv');
    expect(csv.out.trim().split('\n')).toHaveLength(1 + 4);
    const optuna = await hpo('report', study, '--format', 'optuna');
    expect(optuna.out.split('\n').map((line) => (JSON.parse(line) as { op_code: number }).op_code)[0]).toBe(0);
  });

  it('writes a plot, and names the plots that there are', async () => {
    expect((await hpo('report', study, '--format', 'svg', '--plot', 'history', '--out', at('h.svg'))).code).toBe(0);
    expect(readFileSync(at('h.svg'), 'utf8')).toMatch(/^<svg/);
    const { code, err } = await hpo('report', study, '--format', 'svg', '--plot', 'nothing');
    expect(code).toBe(2);
    expect(err).toContain('history');
  });

  it('writes a TensorBoard folder', async () => {
    expect((await hpo('report', study, '--format', 'tensorboard', '--out', at('logs'))).code).toBe(0);
    expect(readdirSync(at('logs')).length).toBeGreaterThanOrEqual(4);
  });

  it.each([
    [['--format', 'png'], 'expected a plot'],
    [['--plot', 'history'], 'expected format svg or png'],
    [['--format', 'tensorboard'], 'got no --out'],
    [['--format', 'csv', '--compare', 'x'], 'expected format html'],
    [['--format', 'pdf'], "argument 'pdf' is invalid"],
  ])('refuses %j', async (options, message) => {
    const { code, err } = await hpo('report', study, ...options);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe('hpo watch', () => {
  it('says without a terminal where a study stands, and that the study is not running', async () => {
    const { code, out } = await hpo('watch', study);
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toEqual([
      expect.stringMatching(/^\d\d:\d\d toy: \[4\/4\] nothing is running, best score \S+ \(trial \d\)$/),
      'the study is not running',
    ]);
  });

  it('says where there is no run', async () => {
    expect(await hpo('watch', at('never.json'))).toMatchObject({ code: 2 });
  });
});

describe('a mirror', () => {
  it('is the Optuna journal that report writes', async () => {
    const optuna = await hpo('report', study, '--format', 'optuna');
    expect(readFileSync(at('mirror.log'), 'utf8').trim()).toBe(optuna.out.trim());
  });

  it('that cannot be written is a warning', async () => {
    const { code, err } = await hpo('run', study, '--mirror', at('no/such/folder/mirror.log'));
    expect(code).toBe(0);
    expect(err).toContain('warning: the mirror is no longer updated');
  });
});

describe('show, best and list', () => {
  it('show the study with its best trials', async () => {
    const { out } = await hpo('show', study);
    expect(out).toMatch(/^toy is done$/m);
    expect(out).toMatch(/^ {2}trials {2}4 of 4: 4 completed$/m);
    expect(out).toMatch(/^trial +state +score +at +epochs +x +kind$/m);
  });

  it('give all of it as JSON', async () => {
    const shown = JSON.parse((await hpo('show', study, '--json')).out) as { trials: object[]; best: { value: number } };
    expect(shown).toMatchObject({ name: 'toy', state: 'done', finished: 4, total: 4, file: study });
    expect(shown.trials).toHaveLength(4);
    const best = JSON.parse((await hpo('best', study, '--json')).out) as { value: number };
    expect(best.value).toBe(shown.best.value);
    expect(JSON.parse((await hpo('list', folder.path, '--json')).out)).toMatchObject([{ name: 'toy', state: 'done' }]);
  });

  it('say where there was no run', async () => {
    const { code, err } = await hpo('show', at('never.json'));
    expect(code).toBe(2);
    expect(err).toContain('got none: start it with npx hpo run');
    expect(existsSync(at('never.run'))).toBe(false);
  });
});
