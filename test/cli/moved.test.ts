// A run's folder that is moved or deleted while the study runs: the study stops, says so, and what can be kept is.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readJournal } from '../../src/store/journal-reader.js';
import { hpo, spawnHpo, temporaryFolder, toyStudy } from './support.js';

const SLOW_TRAINER = `
export default async function* train({ parameters, trial, directory }) {
  for (let epoch = 1; epoch <= 3; epoch++) {
    await new Promise((resolve) => setTimeout(resolve, 40));
    yield { epoch, metrics: { score: parameters.x } };
  }
}
`;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  const study = toyStudy({ search: { strategy: 'sobol', trials: 200, seed: 3 } });
  folder = temporaryFolder({ 'study.json': study, 'train.mjs': SLOW_TRAINER });
});
afterEach(() => folder.remove());
const at = (name: string): string => join(folder.path, name);

/** The process that runs the study may write a file between the emptying of a folder and its removal. */
function removeWhileWritten(path: string): void {
  while (existsSync(path)) {
    try {
      rmSync(path, { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }
}

it('moved: nothing is written at the old place, and the moved run goes on where it is', async () => {
  const { finished, saw } = spawnHpo(['run', at('study.json'), '--plain']);
  await saw('trial 2');
  renameSync(at('study.run'), at('moved.run'));
  const { code, err } = await finished;
  expect(code).toBe(1);
  expect(err).toMatch(/study\.run was moved while the study ran, so the study stops\. Everything so far is in it/);
  expect(existsSync(at('study.run'))).toBe(false);
  expect((await hpo('check', at('moved.run'))).code).toBe(0);
  const events = await readJournal(at('moved.run/journal.jsonl'));
  expect(events.filter(({ type }) => type === 'told').length).toBeGreaterThan(0);
  expect(events.filter((event) => event.type === 'told' && event.outcome.status === 'failed')).toEqual([]);
});

it('deleted: the journal is saved beside it', async () => {
  const { finished, saw } = spawnHpo(['run', at('study.json'), '--plain']);
  await saw('trial 2');
  removeWhileWritten(at('study.run'));
  const { code, err } = await finished;
  expect(code).toBe(1);
  expect(err).toMatch(/study\.run was deleted while the study ran.*saved in .*study\.rescued\.run/s);
  expect(existsSync(at('study.run'))).toBe(false);
  expect((await readJournal(at('study.rescued.run/journal.jsonl'))).length).toBeGreaterThan(5);
  renameSync(at('study.rescued.run'), at('study.run'));
  expect((await hpo('show', at('study.json'))).code).toBe(0);
});

it('replaced by another run: that one is left alone', async () => {
  const { finished, saw } = spawnHpo(['run', at('study.json'), '--plain']);
  await saw('trial 2');
  renameSync(at('study.run'), at('moved.run'));
  const other = spawnHpo(['run', at('study.json'), '--plain']);
  const { code, err } = await finished;
  expect([code, err]).toEqual([1, expect.stringContaining('was moved while the study ran')]);
  await other.saw('trial 1');
  other.child.kill('SIGINT');
  await other.finished;
  expect((await hpo('check', at('study.json'))).code).toBe(0);
});
