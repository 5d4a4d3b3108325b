// Lost weights that are trained again when a person stops that, or the time is up: what is done is kept, and the next run goes on.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { restoreWinner } from '../../../src/app/model/restore-winner.js';
import { openStudy } from '../../../src/app/open-study.js';
import { runStudy } from '../../../src/app/run-study.js';
import { temporaryFolder } from '../../cli/support.js';

const study = {
  name: 'signs',
  data: { drawn: { family: 'traffic-signs', perClass: { train: 4, validation: 3 }, difficulty: 0 } },
  backbone: { name: 'quicknet', inputSize: 32 },
  space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' } },
  search: { strategy: 'sobol', trials: 2, seed: 3, keep: 2 },
  training: { epochs: 3, headEpochs: 1, batchSize: 8, augmentation: 'none', unfreezeDepth: 1 },
  resources: { workers: 1, engine: 'onnx' },
};

const folder = temporaryFolder({ 'study.json': study });
const file = join(folder.path, 'study.json');
const fileOf = (trial: number, name: string): string => join(folder.path, 'study.run/trials', String(trial), name);
let winner: number;

beforeAll(async () => {
  process.env['HPO_CACHE'] = join(folder.path, 'cache');
  const { best } = await runStudy(file);
  if (best === undefined) throw new Error('expected a best trial');
  winner = best.number;
}, 120_000);
afterAll(() => {
  delete process.env['HPO_CACHE'];
  folder.remove();
});

interface Signals {
  readonly stopped: AbortController;
  readonly aborted: AbortController;
}

/** The warnings of the end of a run. @param onTraining what happens when a training begins. */
async function restore(onTraining: (signals: Signals) => void, begin: (signals: Signals) => void): Promise<string> {
  const warnings: string[] = [];
  const signals = { stopped: new AbortController(), aborted: new AbortController() };
  const session = await openStudy(file);
  begin(signals);
  const onWarning = (warning: string): void => {
    warnings.push(warning);
    if (warning.includes('so it is trained again')) onTraining(signals);
  };
  const { stopped, aborted } = signals;
  try {
    const end = { reason: 'finished', message: '' } as const;
    await restoreWinner(session, end, { onWarning, stopped: stopped.signal, aborted: aborted.signal });
  } finally {
    await session.close();
  }
  return warnings.join('\n');
}

const nothing = (): void => {};

it.each<[string, (signals: Signals) => void, boolean]>([
  ['after its epoch', ({ stopped }) => stopped.abort(), true],
  [
    'at once',
    ({ stopped, aborted }) => {
      stopped.abort();
      aborted.abort();
    },
    false,
  ],
])(
  'training that is stopped %s is said to be left, and the next run makes the weights',
  async (_, stop, hasCheckpoint) => {
    const before = readFileSync(fileOf(winner, 'best.safetensors'));
    for (const name of ['best.safetensors', 'checkpoint.safetensors']) rmSync(fileOf(winner, name));
    const said = await restore(stop, nothing);
    expect(said).toContain(`the files of trial ${winner} could not be made again: the run was stopped`);
    expect(existsSync(fileOf(winner, 'checkpoint.safetensors'))).toBe(hasCheckpoint);
    await runStudy(file);
    expect(readFileSync(fileOf(winner, 'best.safetensors')).equals(before)).toBe(true);
  },
  120_000,
);

it('names the kept trial whose weights are lost, and not the winner', async () => {
  const kept = 1 - winner;
  rmSync(fileOf(kept, 'best.safetensors'));
  const said = await restore(nothing, ({ stopped }) => stopped.abort());
  expect(said).toContain(`the files of trial ${kept} could not be made again: the run was stopped`);
  expect(said).not.toContain(`the files of trial ${winner}`);
}, 120_000);
