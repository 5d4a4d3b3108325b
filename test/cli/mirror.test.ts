// hpo run --mirror: read by Optuna while the study runs; a process that is killed, and a line that is torn.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pythonWith } from '../report/support/python.js';
import { hpo, spawnHpo, temporaryFolder, toyStudy } from './support.js';

/** Three epochs; from trial 2 on the second waits until a file is there. */
const GATED_TRAINER = `
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
export default async function* train({ trial, parameters }) {
  for (let epoch = 1; epoch <= 3; epoch++) {
    while (trial > 1 && epoch > 1 && !existsSync(new URL('go', import.meta.url))) await setTimeout(5);
    yield { epoch, metrics: { score: 1 - (parameters.x - 0.3) ** 2 - 0.1 / epoch } };
  }
}
`;

let folder: ReturnType<typeof temporaryFolder>;
let study: string;
let mirror: string;
beforeEach(() => {
  folder = temporaryFolder({ 'train.mjs': GATED_TRAINER, 'study.json': toyStudy() });
  study = join(folder.path, 'study.json');
  mirror = join(folder.path, 'mirror.log');
});
afterEach(() => folder.remove());

const open = (): void => writeFileSync(join(folder.path, 'go'), '');
const exported = async (): Promise<string> => (await hpo('report', study, '--format', 'optuna')).out.trim();
const mirrored = (): string => (existsSync(mirror) ? readFileSync(mirror, 'utf8') : '');

/** A study that stands in the second epoch of trial 2. */
async function half(): Promise<ReturnType<typeof spawnHpo>> {
  const process = spawnHpo(['run', study, '--mirror', mirror]);
  while (!/"op_code":7,"worker_id":"hpo","trial_id":2,.*\n/.test(mirrored())) await setTimeout(10);
  return process;
}

describe('a mirror of a study that was killed', () => {
  it('ends as the export, though its last line was torn', async () => {
    const { child, finished } = await half();
    child.kill('SIGKILL');
    await finished;
    appendFileSync(mirror, '{"op_code":7,"worker_id":"hpo","trial_id":2,"ste');
    open();
    expect((await hpo('run', study, '--mirror', mirror)).code).toBe(0);
    expect(mirrored().trim()).toBe(await exported());
  });

  it('begins anew with a study that does', async () => {
    open();
    await hpo('run', study, '--mirror', mirror);
    await hpo('run', study, '--mirror', mirror, '--fresh');
    expect(mirrored().trim()).toBe(await exported());
  });
});

it('a file that is no mirror is refused and left alone', async () => {
  const before = readFileSync(study, 'utf8');
  const { code, err } = await hpo('run', study, '--mirror', study);
  expect(code).toBe(2);
  expect(err).toContain('expected an Optuna journal, or no file yet, at --mirror');
  expect(readFileSync(study, 'utf8')).toBe(before);
});

const python = pythonWith('optuna');
const READER = `
import json, sys, optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.load_study(study_name="toy", storage=JournalStorage(JournalFileBackend(sys.argv[1])))
print(json.dumps([[t.state.name, len(t.intermediate_values)] for t in study.trials] + [study.best_trial.number]))
`;

describe.skipIf(python === undefined)('Optuna (skipped where no python3 imports optuna)', () => {
  const read = (): unknown => {
    const { stdout, stderr } = spawnSync(python as string, ['-c', READER, mirror], { encoding: 'utf8' });
    return JSON.parse(stdout || JSON.stringify(stderr));
  };

  it('reads the mirror while the study runs, with a torn line, and after it went on', async () => {
    const { child, finished } = await half();
    expect(read()).toMatchObject([['COMPLETE', 3], ['COMPLETE', 3], ['RUNNING', 1], expect.any(Number)]);
    child.kill('SIGKILL');
    await finished;
    appendFileSync(mirror, '{"op_code":7,"worker_id":"hpo","trial_id":2,"ste');
    expect(read()).toMatchObject([['COMPLETE', 3], ['COMPLETE', 3], ['RUNNING', 1], expect.any(Number)]);
    open();
    await hpo('run', study, '--mirror', mirror);
    const best = JSON.parse((await hpo('best', study, '--json')).out) as { number: number };
    expect(read()).toEqual([...Array.from({ length: 4 }, () => ['COMPLETE', 3]), best.number]);
  });
});
