// Files of the winner that are lost are made again at the end of a run, unless that was interrupted or its time is up.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { restoreWinner } from '../../../src/app/model/restore-winner.js';
import type { StudyEnd } from '../../../src/controller/study-end.js';
import { layoutAt } from '../../../src/store/run-layout.js';
import { rising, play } from '../../controller/scene.js';

it.each<[StudyEnd['reason'], boolean]>([
  ['interrupted', false],
  ['outOfTime', false],
  ['finished', true],
])(
  'at the end of a run that is %s, lost weights are made again: %s',
  async (reason, expected) => {
    const { study } = await play({ train: rising });
    const record = study.history.record;
    if (record === undefined) throw new Error('expected a record');
    const layout = layoutAt(mkdtempSync(join(tmpdir(), 'hpo-restore-')));
    const warnings: string[] = [];
    const session = { study, layout, settings: {} as never, record };
    await restoreWinner(session, { reason, message: '' }, { onWarning: (message) => void warnings.push(message) });
    expect(warnings.some((warning) => warning.includes('so it is trained again'))).toBe(expected);
  },
  60_000,
);
