// hpo run with search.warmStart: another study's trials as something to begin with.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOY_TRAINER, hpo, temporaryFolder, toyStudy, writeFiles } from './support.js';

let folder: { path: string; remove: () => void };
let later: string;

const withStart = (
  search: Record<string, unknown> = {},
  changes: Record<string, unknown> = {},
): Record<string, unknown> =>
  toyStudy({ search: { strategy: 'bayesian', trials: 2, seed: 9, warmStart: 'earlier.json', ...search }, ...changes });
const created = (): { warmStart?: { parameters: Record<string, unknown>; value: number }[] } =>
  (
    JSON.parse(readFileSync(join(folder.path, 'later.run/journal.jsonl'), 'utf8').split('\n')[0] ?? '') as {
      study: ReturnType<typeof created>;
    }
  ).study;

beforeEach(async () => {
  folder = temporaryFolder({
    'train.mjs': TOY_TRAINER,
    'earlier.json': toyStudy({ search: { strategy: 'sobol', trials: 6, seed: 3 } }),
    'later.json': withStart(),
  });
  later = join(folder.path, 'later.json');
  await hpo('run', join(folder.path, 'earlier.json'));
});
afterEach(() => folder.remove());

describe('search.warmStart', () => {
  it('is kept in the journal, said, and the model proposes from the first trial on', async () => {
    const { code, err } = await hpo('run', later);
    expect(code).toBe(0);
    expect(err).toContain('starts from 6 trials of earlier.json');
    expect(created().warmStart).toHaveLength(6);
    const { out } = await hpo('show', later, '--json');
    expect(out).toContain('log expected improvement');
    expect(out).not.toContain('start-up');
  });

  it('is not needed any more when the study is continued', async () => {
    await hpo('run', later);
    rmSync(join(folder.path, 'earlier.run'), { recursive: true });
    writeFiles(folder.path, { 'later.json': withStart({ trials: 3 }) });
    const { code, err } = await hpo('run', later);
    expect(code).toBe(0);
    expect(err).toContain('starts from 6 trials of earlier.json');
  });

  it('warns where no trial lies in the space', async () => {
    writeFiles(folder.path, {
      'later.json': withStart(
        {},
        { space: { x: { type: 'float', min: 2, max: 3 }, kind: { type: 'choice', values: ['a'] } } },
      ),
    });
    const { code, err } = await hpo('run', later);
    expect(code).toBe(0);
    expect(err).toContain('no trial of earlier.json lies in this space and has a value');
  });

  it.each([
    ['a study that is not there', { warmStart: 'nowhere' }, {}, 'ERR_STUDY_NOT_FOUND', 'at search.warmStart'],
    ['itself', { warmStart: 'later.json' }, {}, 'ERR_STUDY_INVALID', 'expected another study'],
    [
      'a study of another metric',
      {},
      { objective: { metric: 'loss', direction: 'minimize' } },
      'ERR_STUDY_INVALID',
      'expected a study that aims to minimize loss, got one to maximize score at search.warmStart',
    ],
    [
      'a strategy without a model',
      { strategy: 'random' },
      {},
      'ERR_STUDY_INVALID',
      "search.warmStart: expected no value, because only 'bayesian' and 'tpe' can start from other trials",
    ],
  ])('refuses %s', async (_, search, changes, errorCode, message) => {
    writeFiles(folder.path, { 'later.json': withStart(search, changes) });
    const { code, err } = await hpo('run', later);
    expect(code).toBe(2);
    expect(err).toContain(errorCode);
    expect(err).toContain(message);
  });
});
