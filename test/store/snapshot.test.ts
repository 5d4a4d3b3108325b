// The readable snapshot and when it is written.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replay } from '../../src/store/replay.js';
import { SnapshotFile } from '../../src/store/snapshot-file.js';
import { snapshotOf } from '../../src/store/snapshot.js';
import { asked, created } from './some-events.js';

const objective = { metric: 'f1', direction: 'maximize' } as const;

const history = replay(
  [
    created,
    asked(0),
    { type: 'started', trial: 0, slot: 0, at: 3 },
    {
      type: 'reported',
      trial: 0,
      report: { epoch: 1, metrics: { f1: 0.5, loss: 2 }, detail: { confusion: [[1]] } },
      at: 4,
    },
    { type: 'reported', trial: 0, report: { epoch: 2, metrics: { f1: 0.4, loss: 1 } }, at: 5 },
    { type: 'told', trial: 0, outcome: { status: 'completed' }, at: 6 },
    asked(1),
    { type: 'warned', message: 'hot', at: 7 },
  ],
  objective,
);

describe('snapshotOf', () => {
  it('gives each trial with the metrics of its best epoch, and the best trial again', () => {
    const snapshot = snapshotOf('ants', history);
    expect(snapshot).toMatchObject({
      name: 'ants',
      objective,
      counts: { asked: 1, completed: 1, failed: 0 },
      warnings: ['hot'],
      trials: [
        {
          number: 0,
          epochs: 2,
          value: 0.5,
          bestEpoch: 1,
          metrics: { f1: 0.5, loss: 2 },
          outcome: { status: 'completed' },
          startedAt: '1970-01-01T00:00:00.003Z',
        },
        { number: 1, state: 'asked', epochs: 0, value: null, outcome: null, startedAt: null },
      ],
    });
    expect(snapshot.best).toEqual(snapshot.trials[0]);
  });

  it('survives JSON', () => {
    const snapshot = snapshotOf('ants', history);
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });
});

describe('a snapshot file', () => {
  const setUp = (): { file: SnapshotFile; path: string; time: { now: number }; problems: unknown[] } => {
    const path = join(mkdtempSync(join(tmpdir(), 'hpo-snapshot-')), 'study.db.json');
    const time = { now: 0 };
    const problems: unknown[] = [];
    const file = new SnapshotFile(
      path,
      (error) => problems.push(error),
      () => time.now,
    );
    return { file, path, time, problems };
  };
  const snapshot = snapshotOf('ants', history);

  it('is written at the end, whole', async () => {
    const { file, path } = setUp();
    await file.finish(() => snapshot);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(snapshot);
  });

  it('takes at most a fiftieth of the time', async () => {
    const { file, time } = setUp();
    let count = 0;
    const slow = (): typeof snapshot => {
      count++;
      time.now += 400;
      return snapshot;
    };
    await file.finish(slow);
    time.now = 19_000;
    file.offer(slow);
    expect(count).toBe(1);
    time.now = 20_400;
    file.offer(slow);
    expect(count).toBe(2);
    await file.finish(() => snapshot);
  });

  it('is written at most once a second, however cheap', async () => {
    const { file, time } = setUp();
    let count = 0;
    const make = (): typeof snapshot => (count++, snapshot);
    await file.finish(make);
    time.now = 999;
    file.offer(make);
    expect(count).toBe(1);
  });

  it('that cannot be written is told, not thrown', async () => {
    const { file, path, problems } = setUp();
    rmSync(join(path, '..'), { recursive: true });
    await file.finish(() => snapshot);
    expect(problems).toEqual([expect.objectContaining({ code: 'ENOENT' })]);
  });
});
