// Several trials of one trainer, in step: the order of what they tell, and that each ends alone.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Train, TrainContext } from '../../../src/study/train.js';
import type { Assignment, Verdict } from '../../../src/study/trial-runner.js';
import { driveTrials } from '../../../src/workers/thread/drive-trials.js';

const context: TrainContext = {
  signal: new AbortController().signal,
  slot: 0,
  log: () => {},
  progress: () => {},
  share: () => 1,
};

function assignmentOf(trial: number, more: Partial<Assignment> = {}): Assignment {
  return { trial, parameters: {}, seed: 1, directory: join(tmpdir(), 'hpo-unused'), reported: 0, ...more };
}

/** Trials of three epochs, later ones quicker; what `mishap` throws ends one. */
function trainer(mishap: (trial: number, epoch: number) => void = () => {}): Train {
  return async function* ({ trial, reported }) {
    for (let epoch = reported + 1; epoch <= 3; epoch++) {
      for (let turn = trial; turn < 5; turn++) await Promise.resolve();
      mishap(trial, epoch);
      yield { epoch, metrics: { score: trial } };
    }
  };
}

/** What the trials told, in order: `trial:epoch`, or `trial status`. */
async function told(
  train: Train,
  assignments: readonly Assignment[],
  decide: (trial: number, epoch: number) => Verdict = () => 'continue',
): Promise<string[]> {
  const lines: string[] = [];
  await driveTrials(train, assignments, context, {
    report(trial, { epoch }) {
      lines.push(`${trial}:${epoch}`);
      return Promise.resolve(decide(trial, epoch));
    },
    ended: (trial, outcome) => void lines.push(`${trial} ${outcome?.status ?? 'ended'}`),
  });
  return lines;
}

describe('trials that are trained at once', () => {
  const three = [0, 1, 2].map((trial) => assignmentOf(trial));

  it('report epoch by epoch, in their order', async () => {
    expect(await told(trainer(), three)).toEqual([
      ...['0:1', '1:1', '2:1', '0:2', '1:2', '2:2', '0:3', '1:3', '2:3'],
      ...['0 completed', '1 completed', '2 completed'],
    ]);
  });

  it.each([
    [{ reason: 'it learned enough' }, { status: 'completed', reason: 'it learned enough' }],
    [{ reason: 7 }, { status: 'completed' }],
    ['done', { status: 'completed' }],
    [undefined, { status: 'completed' }],
  ])('that return %j are completed with that reason, if it is one', async (end, outcome) => {
    const ends: unknown[] = [];
    // eslint-disable-next-line require-yield
    const train = async function* () {
      await Promise.resolve();
      return end;
    } as unknown as Train;
    await driveTrials(train, [assignmentOf(0)], context, {
      report: () => Promise.resolve('continue'),
      ended: (_, how) => void ends.push(how),
    });
    expect(ends).toEqual([outcome]);
  });

  it('are stopped and paused one by one', async () => {
    const decide = (trial: number, epoch: number): Verdict =>
      trial === 0 && epoch === 1 ? 'stop' : trial === 2 && epoch === 2 ? 'pause' : 'continue';
    expect(await told(trainer(), three, decide)).toEqual([
      ...['0:1', '0 ended', '1:1', '2:1', '1:2', '2:2', '2 ended', '1:3', '1 completed'],
    ]);
  });

  it('fail alone', async () => {
    const mishap = (trial: number, epoch: number): void => {
      if (trial === 1 && epoch === 2) throw Object.assign(new Error('NaN'), { code: 'ERR_DIVERGED' });
    };
    expect(await told(trainer(mishap), three)).toEqual([
      ...['0:1', '1:1', '2:1', '0:2', '1 failed', '2:2', '0:3', '2:3', '0 completed', '2 completed'],
    ]);
  });

  it('are resumed in the order in which they were interrupted', async () => {
    const cutOff = [
      assignmentOf(0, { reported: 2 }),
      assignmentOf(1, { reported: 1 }),
      assignmentOf(2, { reported: 3 }),
    ];
    expect(await told(trainer(), cutOff)).toEqual(['1:2', '0:3', '1:3', '0 completed', '1 completed', '2 completed']);
  });

  it('are started by the trainer’s own `together` if it has one', async () => {
    const alone = trainer();
    const together: NonNullable<Train['together']> = (all, more) => all.map((one) => alone(one, more));
    const refusing: Train = () => {
      throw new Error('not alone');
    };
    expect(await told(Object.assign(refusing, { together }), three)).toHaveLength(12);
  });

  it('all fail where the trainer cannot begin', async () => {
    const broken: Train = () => {
      throw new Error('broken');
    };
    expect(await told(broken, three)).toEqual(['0 failed', '1 failed', '2 failed']);
  });

  it('end as failed if the trainer returns no generator for them', async () => {
    const odd = Object.assign(trainer(), { together: () => [trainer()(assignmentOf(0), context)] });
    expect(await told(odd, three.slice(0, 2))).toEqual(['0:1', '1 failed', '0:2', '0:3', '0 completed']);
  });
});
