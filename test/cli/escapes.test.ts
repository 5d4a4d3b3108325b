// Names and messages of somebody else do not control the terminal: in no command, on neither stream, nor in log.txt.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spawnHpo, temporaryFolder, toyStudy } from './support.js';

const EVIL = '\u001b]0;owned\u0007\u001b[2J\u202e\u009b5m';
// eslint-disable-next-line no-control-regex -- exactly these must not come out
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const TRAINER = `
const evil = ${JSON.stringify(EVIL)};
export default async function* train({ parameters, trial }, { log }) {
  log('log ' + evil);
  process.stdout.write('printed ' + evil + '\\n');
  yield { epoch: 1, metrics: { score: parameters.x, ['m' + evil]: 1 } };
  if (trial === 1) throw new Error('thrown ' + evil);
}
`;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  const space = { x: { type: 'float', min: 0, max: 1 }, kind: { type: 'choice', values: [`a${EVIL}`, `b${EVIL}`] } };
  const study = toyStudy({ name: `toy ${EVIL}`, space, search: { strategy: 'sobol', trials: 3, seed: 3 } });
  folder = temporaryFolder({
    'study.json': study,
    'train.mjs': TRAINER,
    'bad.json': JSON.stringify({ name: EVIL, x: 1, [`y${EVIL}`]: 2 }),
  });
});
afterEach(() => folder.remove());

it('whatever is asked, and where there is nothing to ask', async () => {
  const study = join(folder.path, 'study.json');
  const said: string[] = [];
  for (const args of [
    ['plan', study],
    ['run', study, '--plain'],
    ['show', study, '--all'],
    ['best', study],
    ['show', study, '--json'],
    ['list', folder.path],
    ['check', study],
    ['plan', join(folder.path, 'bad.json')],
    ['show', join(folder.path, `nothing${EVIL}`)],
  ]) {
    const { out, err } = await spawnHpo(args).finished;
    said.push(out, err);
    expect(out, args[0]).not.toMatch(RAW);
    expect(err, args[0]).not.toMatch(RAW);
    if (args.includes('--json')) expect((JSON.parse(out) as { name: string }).name).toBe(`toy ${EVIL}`);
  }
  expect(said.join('')).toContain('\\u001b]0;owned\\u0007');
  const log = readFileSync(join(folder.path, 'study.run/log.txt'), 'utf8');
  expect(log).not.toMatch(RAW);
  expect(log).toContain('log \\u001b]0;owned');
}, 120_000);

/** Trial 1 fails, and every fold says something. */
const COMMAND = `
const evil = ${JSON.stringify(EVIL)};
const { HPO_TRIAL, HPO_FOLD } = process.env;
console.error('error of fold ' + HPO_FOLD + evil);
for (const line of [{ warning: 'warned ' + evil }, { epoch: 1, metrics: { score: Number(HPO_TRIAL), ['=m' + evil]: 1 } }, { end: 'ended ' + evil }])
  console.log(JSON.stringify(line));
console.log('printed ' + evil);
process.exit(HPO_TRIAL === '1' ? 3 : 0);
`;

it('what the program of a trainer says, in folds, and what is exported of it', async () => {
  writeFileSync(join(folder.path, 'train.mjs'), COMMAND);
  const command = [process.execPath, 'train.mjs', `--x={x}${EVIL}`];
  const study = { ...toyStudy({ trainer: { command } }), search: { strategy: 'sobol', trials: 2, seed: 3 } };
  writeFileSync(join(folder.path, 'study.json'), JSON.stringify({ ...study, validation: { folds: 2 } }));
  const file = join(folder.path, 'study.json');
  const said: string[] = [];
  for (const args of [
    ['plan', file],
    ['run', file, '--plain'],
    ['show', file, '--all'],
    ['best', file],
    ['export', file],
    ['report', file, '--format', 'csv', '--out', join(folder.path, 'trials.csv')],
  ]) {
    const { out, err } = await spawnHpo(args).finished;
    said.push(out, err);
    expect(out, args[0]).not.toMatch(RAW);
    expect(err, args[0]).not.toMatch(RAW);
  }
  expect(said.join('')).toContain('warned \\u001b]0;owned\\u0007');
  const log = readFileSync(join(folder.path, 'study.run/log.txt'), 'utf8');
  expect(log).not.toMatch(RAW);
  expect(log).toContain('printed \\u001b]0;owned');
  const csv = readFileSync(join(folder.path, 'trials.csv'), 'utf8');
  expect(csv).not.toMatch(/(^|,|\n)"?[=+@]/);
}, 240_000);
