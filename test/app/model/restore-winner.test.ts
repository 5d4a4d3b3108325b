// Files of the winner that are lost are made again at the end of a run, unless that was interrupted or its time is up.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { restoreWinner } from '../../../src/app/model/restore-winner.js';
import type { StudyEnd } from '../../../src/controller/study-end.js';
import { layoutAt } from '../../../src/store/run-layout.js';
import { rising, play } from '../../controller/scene.js';

it.each<[StudyEnd['reason'], boolean, boolean]>([
  ['interrupted', true, false],
  ['outOfTime', true, false],
  ['finished', false, true],
  ['finished', true, false],
])(
  'at the end of a run that is %s (stopped or out of time: %s), lost weights are made again: %s',
  async (reason, isStopped, expected) => {
    const { study } = await play({ train: rising });
    const record = study.history.record;
    if (record === undefined) throw new Error('expected a record');
    const layout = layoutAt(mkdtempSync(join(tmpdir(), 'hpo-restore-')));
    const warnings: string[] = [];
    const session = { study, layout, settings: {} as never, record };
    const stopped = isStopped ? AbortSignal.abort() : new AbortController().signal;
    const onWarning = (message: string): void => void warnings.push(message);
    await restoreWinner(session, { reason, message: '' }, { onWarning, stopped, aborted: stopped });
    expect(warnings.some((warning) => warning.includes('so it is trained again'))).toBe(expected);
    const isLeft = warnings.some((warning) => warning.includes('run the study again to make them'));
    expect(isLeft).toBe(reason === 'finished' && isStopped);
  },
  60_000,
);
