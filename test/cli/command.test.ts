// A study whose trainer is a command, from plan to export.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { readJournal } from '../../src/store/journal-reader.js';
import { hpo, spawnHpo, temporaryFolder, writeFiles } from './support.js';

/** Keeps a checkpoint with its report, tells that again when it is started again, and reads the verdicts. */
const SCRIPT = `
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [rate, momentum = 0] = process.argv.slice(2).map(Number);
const checkpoint = process.env.HPO_DIRECTORY + '/checkpoint.json';
const verdicts = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const kept = existsSync(checkpoint) ? JSON.parse(readFileSync(checkpoint, 'utf8')) : { epoch: 0, weight: 0 };
let { epoch, weight, report } = kept;
for (;;) {
  if (report !== undefined) {
    console.log(JSON.stringify(report));
    if ((await verdicts.next()).value !== 'continue') break;
  }
  if (epoch === 8) break;
  epoch++;
  weight += (rate + momentum / 10) * (1 - weight) + (Number(process.env.HPO_SEED) % 1000) / 1e6;
  report = { epoch, metrics: { score: weight } };
  console.error('epoch ' + epoch);
  writeFileSync(checkpoint + '.new', JSON.stringify({ epoch, weight, report }));
  renameSync(checkpoint + '.new', checkpoint);
}
process.exit(0);
`;

const study = {
  name: 'command',
  trainer: { command: [process.execPath, 'train.mjs', '{rate}', ['{momentum}']] },
  space: {
    rate: { type: 'float', min: 0.01, max: 0.5, scale: 'log' },
    optimizer: { type: 'choice', values: ['sgd', 'momentum'] },
    momentum: { type: 'float', min: 0, max: 0.9, when: { optimizer: ['momentum'] } },
  },
  search: { strategy: 'tpe', trials: 12, seed: 3, startupTrials: 5, confirm: { top: 1, repeats: 1 } },
  pruner: { type: 'successiveHalving', form: 'promotion', reduction: 2 },
  objective: { metric: 'score' },
  resources: { workers: 1 },
};

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder({ 'study.json': study, 'train.mjs': SCRIPT });
});
afterEach(() => folder.remove());

const fileIn = (name: string): string => join(folder.path, name, 'study.json');
const journalIn = (name: string): string => join(folder.path, name, 'study.run', 'journal.jsonl');

describe('hpo plan', () => {
  it('shows the command and does not run it', async () => {
    writeFiles(folder.path, {
      'train.mjs': `import { writeFileSync } from 'node:fs'; writeFileSync('trace', '');`,
      'study.json': { ...study, trainer: { command: [process.execPath, 'train.mjs', '--m={momentum}'] } },
    });
    const { code, out } = await hpo('plan', fileIn(''));
    expect(code).toBe(0);
    expect(out).toContain(`your own: ${process.execPath} train.mjs --m={momentum}`);
    expect(out).toContain('space.rate has no placeholder in trainer.command');
    expect(existsSync(join(folder.path, 'trace'))).toBe(false);
  });

  it.each(['plan', 'run'])('and %s refuse a program that is not there', async (command) => {
    writeFiles(folder.path, { 'study.json': { ...study, trainer: { command: ['./gone'] } } });
    const { code, err } = await hpo(command, fileIn(''));
    expect(code).toBe(2);
    expect(err).toContain('ERR_TRAINER_COMMAND');
    expect(err).toContain(join(folder.path, 'gone'));
  });
});

describe('hpo run', () => {
  it('searches, pauses and promotes; show, report and export tell of the best', { timeout: 120_000 }, async () => {
    const { code, out, err } = await hpo('run', fileIn(''), '--json');
    expect(code, err).toBe(0);
    const lines = out.trim().split('\n');
    expect(lines.some((line) => line.includes('"promoted"'))).toBe(true);
    const { best } = JSON.parse(lines.at(-1) ?? '') as { best: { number: number; parameters: { rate: number } } };
    expect((await hpo('show', fileIn(''))).out).toContain(`trial ${best.number}`);
    const page = join(folder.path, 'report.html');
    expect((await hpo('report', fileIn(''), '--out', page)).code).toBe(0);
    expect(readFileSync(page, 'utf8')).toContain('prints its command line');
    const exported = await hpo('export', fileIn(''));
    expect(exported.out).toContain(` train.mjs ${best.parameters.rate}`);
    expect(exported.out).toMatch(/^cd \S+ && HPO_PARAMETERS='\{"rate":.*\}' HPO_SEED=\d+ /);
    const refused = await hpo('export', fileIn(''), '--out', join(folder.path, 'model'));
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('expected no --out')]);
    expect(readFileSync(join(folder.path, 'study.run', 'log.txt'), 'utf8')).toContain('slot 1: epoch 8');
  });

  /** Without times, which alone may differ. */
  async function record(name: string): Promise<unknown[]> {
    return (await readJournal(journalIn(name))).map(({ at: _, ...event }) => {
      if (event.type !== 'reported') return event;
      const { seconds: __, ...report } = event.report;
      return { ...event, report };
    });
  }

  it.skipIf(process.platform === 'win32')(
    'that is killed again and again writes the same journal',
    { timeout: 300_000 },
    async () => {
      for (const name of ['whole', 'killed']) {
        writeFiles(folder.path, { [`${name}/study.json`]: study, [`${name}/train.mjs`]: SCRIPT });
      }
      expect((await spawnHpo(['run', fileIn('whole')]).finished).code).toBe(0);
      const total = statSync(journalIn('whole')).size;
      const random = RandomStream.of('command kills');
      const size = (): number => (existsSync(journalIn('killed')) ? statSync(journalIn('killed')).size : 0);
      for (let kill = 0; kill < 3; kill++) {
        const { child, finished } = spawnHpo(['run', fileIn('killed'), '--plain']);
        const target = size() + random.uniform(0, (2 * (total - size())) / (4 - kill));
        while (child.exitCode === null && size() < target) await setImmediate();
        child.kill('SIGKILL');
        await finished;
      }
      const { code, err } = await spawnHpo(['run', fileIn('killed'), '--plain']).finished;
      expect(code, err).toBe(0);
      expect(await record('killed')).toEqual(await record('whole'));
    },
  );
});
