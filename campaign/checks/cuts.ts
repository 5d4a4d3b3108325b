// Cuts the journal of a finished study after a random line, without the files of its trials, and continues: a kill at that very moment.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { layoutOf } from '../../src/store/run-layout.js';
import type { Check } from '../check.js';
import { expectEnd, hpoHere } from '../support/hpo.js';
import { eventsOf, expectSame, referenceOf } from '../support/record.js';
import { drawVariant, writeStudy } from '../support/studies.js';

const CUTS = 6;
const SMALL_CUTS = 1;

export const cuts: Check = {
  name: 'cuts',
  description: 'journals cut after a random line, with a lock that a dead process left, then the same command',
  async run(context) {
    const { random, folder, step, small } = context;
    const count = small ? SMALL_CUTS : CUTS;
    const variant = drawVariant(random);
    const reference = await referenceOf(variant, context);
    const lines = readFileSync(reference.layout.journal, 'utf8').trim().split('\n');
    for (let i = 0; i < count; i++) {
      const place = join(folder, 'cut');
      rmSync(place, { recursive: true, force: true });
      const file = writeStudy(place, variant.study);
      const layout = layoutOf(file);
      const line = 1 + random.integer(lines.length);
      cpSync(reference.layout.root, layout.root, { recursive: true });
      rmSync(layout.trials, { recursive: true, force: true });
      writeFileSync(layout.journal, `${lines.slice(0, line).join('\n')}\n`);
      // So the trials that ran are suspects, as after a kill.
      if (random.next() < 0.7) writeFileSync(layout.lock, DEAD);
      step(`a run of ${variant.name} from line ${line} of ${lines.length}`);
      expectEnd(await hpoHere('run', file, '--plain'), [0], `${variant.name} from line ${line}`);
      expectSame(await eventsOf(layout), reference.events, `${variant.name} from line ${line} of ${lines.length}`);
    }
    return { counts: { cuts: count }, note: `${count} cuts of ${variant.name}` };
  },
};

/** A lock of a process that was before the machine's last start. */
const DEAD = JSON.stringify({ token: 'dead', owner: { pid: 1, host: hostname(), started: 'earlier' } });
