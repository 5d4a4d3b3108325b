// hpo run with a trainer of the user's own: results, continuing, extending, refusing.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOY_TRAINER, hpo, temporaryFolder, toyStudy, writeFiles } from './support.js';

let folder: { path: string; remove: () => void };
let study: string;

beforeEach(() => {
  folder = temporaryFolder({ 'train.mjs': TOY_TRAINER, 'study.json': toyStudy() });
  study = join(folder.path, 'study.json');
});
afterEach(() => folder.remove());

const journal = (): string[] => readFileSync(join(folder.path, 'study.run/journal.jsonl'), 'utf8').trim().split('\n');
const change = (changes: Record<string, unknown>): void => writeFiles(folder.path, { 'study.json': toyStudy(changes) });

describe('a first run', () => {
  it('ends with the best trial on stdout and progress on stderr', async () => {
    const { code, out, err } = await hpo('run', study);
    expect(code).toBe(0);
    expect(out).toMatch(/^best {4}trial \d: score 0\.\d{4} at epoch 3$/m);
    expect(out).toMatch(/^trials {2}4 of 4: 4 completed$/m);
    expect(err).toContain('toy: 4 trials, sobol, no pruning, 1 worker');
    expect(err).toMatch(/trial 3 completed, score 0\.\d{4} at epoch 3/);
  });

  it('takes the folder for its study.json', async () => {
    expect((await hpo('run', folder.path)).code).toBe(0);
  });

  it('writes every event and the end as JSON lines', async () => {
    const { out } = await hpo('run', study, '--json');
    const lines = out.split('\n').map((line) => JSON.parse(line) as { type: string });
    expect(lines.map(({ type }) => type)).toEqual([
      'created',
      ...Array.from({ length: 4 }, () => ['asked', 'started', 'reported', 'reported', 'reported', 'told']).flat(),
      'ended',
    ]);
    expect(lines.at(-1)).toMatchObject({
      reason: 'finished',
      finished: 4,
      total: 4,
      best: { number: 3, state: 'completed', bestEpoch: 3 },
    });
  });

  it('fails where no trial has a value', async () => {
    writeFiles(folder.path, {
      'train.mjs': "export default async function* () { throw new Error('broken on purpose'); }",
    });
    const { code, err } = await hpo('run', study);
    expect(code).toBe(1);
    expect(err).toContain('broken on purpose');
    expect(journal().filter((line) => line.includes('"told"'))).toHaveLength(3);
  });

  it('refuses a trainer that is no module before any trial', async () => {
    writeFiles(folder.path, { 'train.mjs': 'export const nothing = 1;' });
    const { code, err } = await hpo('run', study);
    expect(code).toBe(2);
    expect(err).toContain('ERR_TRAINER_MODULE');
    expect(journal()).toEqual(['']);
  });

  it('and its plan refuse a trainer that is not there', async () => {
    rmSync(join(folder.path, 'train.mjs'));
    for (const command of ['plan', 'run']) {
      const { code, err } = await hpo(command, study);
      expect(code).toBe(2);
      expect(err).toContain('train.mjs: expected a trainer module, got no such file');
    }
  });
});

describe('the same command again', () => {
  it('has nothing left to do', async () => {
    await hpo('run', study);
    const before = journal();
    const { code, out, err } = await hpo('run', study);
    expect(code).toBe(0);
    expect(out).toContain('trials  4 of 4');
    expect(err).toContain('it was finished before: nothing is trained, and no worker starts');
    expect(err).not.toContain('starting');
    expect(journal()).toEqual(before);
  });

  it('extends a study that has more trials and wider choices, and says so in the journal', async () => {
    await hpo('run', study);
    change({
      search: { strategy: 'random', trials: 6, seed: 3 },
      space: { x: { type: 'float', min: 0, max: 1 }, kind: { type: 'choice', values: ['a', 'b', 'c'] } },
    });
    expect((await hpo('run', study)).code).toBe(0);
    const amended = JSON.parse(journal().find((line) => line.includes('"amended"')) as string) as { changes: string[] };
    expect([...amended.changes].sort()).toEqual([
      'search.strategy: "sobol" → "random"',
      'search.trials: 4 → 6',
      'space.kind: ["a","b"] → ["a","b","c"]',
    ]);
    expect(journal().filter((line) => line.includes('"told"'))).toHaveLength(6);
  });

  it('refuses what would make trials incomparable, with every reason, and changes nothing', async () => {
    await hpo('run', study);
    const before = journal();
    change({ objective: { metric: 'loss', direction: 'minimize' }, search: { strategy: 'sobol', trials: 9, seed: 4 } });
    const { code, err } = await hpo('run', study);
    expect(code).toBe(2);
    expect(err).toContain('objective.metric: "score" → "loss"');
    expect(err).toContain('objective.direction: "maximize" → "minimize"');
    expect(err).toContain('search.seed: 3 → 4');
    expect(err).toContain('--fresh');
    expect(journal()).toEqual(before);
  });

  it('lets a study change in any way while it has no trial', async () => {
    await hpo('run', study);
    writeFiles(folder.path, { 'study.run/journal.jsonl': `${journal()[0] as string}\n` });
    change({ objective: { metric: 'score', direction: 'minimize' } });
    expect((await hpo('run', study)).code).toBe(0);
    expect(journal()[1]).toContain('"amended"');
  });

  it('puts the earlier run aside with --fresh', async () => {
    await hpo('run', study);
    const before = journal();
    change({ search: { strategy: 'random', trials: 2, seed: 9 } });
    const { code, err } = await hpo('run', study, '--fresh');
    expect(code).toBe(0);
    expect(err).toContain('moved to');
    expect(journal().filter((line) => line.includes('"told"'))).toHaveLength(2);
    const earlier = join(folder.path, 'study.run/earlier/1');
    expect(readFileSync(join(earlier, 'journal.jsonl'), 'utf8').trim().split('\n')).toEqual(before);
  });

  it('keeps the earlier run in place where a fresh one cannot begin', async () => {
    await hpo('run', study);
    writeFiles(folder.path, {
      'study.json': {
        ...toyStudy(),
        trainer: undefined,
        data: { folder: 'nowhere' },
        backbone: { name: 'quicknet' },
        space: { dropout: { type: 'float', min: 0, max: 0.5 } },
      },
    });
    expect((await hpo('run', study, '--fresh')).code).toBe(2);
    expect(existsSync(join(folder.path, 'study.run/earlier'))).toBe(false);
    expect(journal().length).toBeGreaterThan(1);
  });
});

describe('a space with fewer sets than trials', () => {
  it('ends when it is exhausted', async () => {
    change({ space: { x: { type: 'choice', values: [0.1, 0.2, 0.3] } }, search: { strategy: 'grid', trials: 10 } });
    const { code, out, err } = await hpo('run', study);
    expect(code).toBe(0);
    expect(out).toContain('trials  3 of 3: 3 completed');
    expect(err).toContain('the whole space was searched: 3 trials done');
  });
});

describe('bad usage', () => {
  it.each([
    [['run'], "missing required argument 'study'"],
    [['run', 'x.json', '--wrkers', '2'], "unknown option '--wrkers'"],
    [['run', 'x.json', '--workers', '0'], 'expected a whole number from 1 to 1024 at --workers'],
    [['run', 'x.json', '--time', '20'], "expected a duration such as 90s, 20m or 1h30m at --time, got '20'"],
    [['run', 'x.json', '--engine', 'abacus'], "argument 'abacus' is invalid"],
    [['fly'], "unknown command 'fly'"],
    [['run', '/nowhere/study.json'], 'got nothing at /nowhere/study.json'],
  ])('%j is refused', async (args, message) => {
    const { code, out, err } = await hpo(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe('');
  });

  it('shows where a study is no JSON', async () => {
    writeFileSync(study, '{\n  "name": "x"\n  "data": 1\n}');
    const { code, err } = await hpo('run', study);
    expect(code).toBe(2);
    expect(err).toContain(
      `study.json: expected ',' or '}' at line 3, column 3, got '"'\n  3 |   "data": 1\n    |   ^\n`,
    );
  });

  it('is refused where a file stands in the way of the path', async () => {
    const { code, err } = await hpo('plan', join(study, 'x'));
    expect(code).toBe(2);
    expect(err).toContain('a file is there, where a folder was expected');
    expect(err).toContain('(ERR_STUDY_NOT_FOUND)');
  });

  it('names everything that is wrong with a study at once', async () => {
    change({
      space: { x: { type: 'float', min: 2, max: 1 } },
      search: { strategy: 'guess', trials: 0 },
      colour: 'red',
    });
    const { code, err } = await hpo('run', study);
    expect(code).toBe(2);
    for (const path of ['space.x.min', 'search.strategy', 'search.trials']) expect(err).toContain(`${path}: expected`);
    expect(err).toContain('colour: unknown key');
    expect(readdirSync(folder.path)).not.toContain('study.run');
  });
});
