// A study keeps the version of the learned prior that it began with, and what an epoch was expected to take then.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStudy } from '../../src/app/open-study.js';
import { PRIOR_VERSION, priorOf } from '../../src/search/prior/versions.js';
import { encodeEvent } from '../../src/store/journal-codec.js';
import { readJournal } from '../../src/store/journal-reader.js';
import { layoutOf } from '../../src/store/run-layout.js';
import type { StudyRecord } from '../../src/study/events.js';
import type { StudyInput } from '../../src/app/files/study-file.js';

/** Milliseconds: an engine is tried in a process of its own. */
const PATIENCE = 600_000;

let directory: string;
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), 'hpo-prior-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const studyOf = (name: string, prior?: 'fineTuning' | 'none'): StudyInput => ({
  name,
  data: { drawn: { family: 'traffic-signs', perClass: { train: 2, validation: 2 }, difficulty: 0 } },
  backbone: { name: 'quicknet', inputSize: 32 },
  space: { unfreezeDepth: { type: 'int', min: 0, max: 1 } },
  search: { ...(prior === undefined ? {} : { prior }), trials: 2 },
  training: { epochs: 2, headEpochs: 1 },
  resources: { workers: 1, engine: 'onnx' },
});

async function opened(study: StudyInput): Promise<{ readonly record: StudyRecord; readonly journal: string }> {
  const session = await openStudy(study, { directory });
  const { record } = session;
  const { journal } = layoutOf(session.file);
  await session.close();
  return { record, journal };
}

it(
  'a new study has the latest version, and seconds for each depth',
  async () => {
    const { record, journal } = await opened(studyOf('new', 'fineTuning'));
    expect(record.prior).toBe(PRIOR_VERSION);
    expect(record.seconds?.epochs.map(({ depth }) => depth)).toEqual([0, 1]);
    expect((await readJournal(journal))[0]).toMatchObject({ version: 4, study: { prior: PRIOR_VERSION } });
    const again = await opened(studyOf('new', 'fineTuning'));
    expect(again.record.seconds).toEqual(record.seconds);
    expect(await readJournal(journal)).toHaveLength(1);
  },
  PATIENCE,
);

it(
  'a journal that does not say so has the first version, and keeps it',
  async () => {
    const { journal } = await opened(studyOf('old', 'fineTuning'));
    const [created] = await readJournal(journal);
    if (created?.type !== 'created') throw new Error('expected the first event');
    const { prior: _, seconds: __, ...study } = created.study;
    const asked = { type: 'asked', trial: 0, parameters: { unfreezeDepth: 0 }, source: 'sampler', at: 1 } as const;
    writeFileSync(journal, Buffer.concat([encodeEvent({ ...created, version: 2, study }, 1), encodeEvent(asked, 2)]));
    const before = readFileSync(journal);
    const { record } = await opened(studyOf('old', 'fineTuning'));
    expect([record.prior, record.seconds]).toEqual([1, undefined]);
    expect(readFileSync(journal)).toEqual(before);
  },
  PATIENCE,
);

it(
  'a study that gets the prior later keeps the first version where its journal is of a version that does not tell',
  async () => {
    const { journal } = await opened(studyOf('later', 'none'));
    const [created] = await readJournal(journal);
    expect(created).toMatchObject({ type: 'created', version: 2 });
    expect((await opened(studyOf('later', 'fineTuning'))).record.prior).toBe(1);
    expect((await readJournal(journal))[1]).toMatchObject({ type: 'amended', study: { prior: 1 } });
  },
  PATIENCE,
);

it('a version that a later release made is no other one', () => {
  expect(priorOf()).toEqual(priorOf(1));
  expect(priorOf(2)).not.toEqual(priorOf(1));
  for (const version of [0, 1.5, 3]) {
    expect(() => priorOf(version)).toThrow(
      `expected version 1 or 2 of the learned prior at study.prior in the journal, got ${version}`,
    );
  }
});

it(
  'a study that an earlier version began without the prior goes on without, and with its pruner',
  async () => {
    const { record, journal } = await opened(studyOf('plain', 'none'));
    expect([record.prior, record.seconds]).toEqual([undefined, undefined]);
    const [created] = await readJournal(journal);
    if (created?.type !== 'created') throw new Error('expected the first event');
    // Its file named neither, so its journal has no prior.
    const { prior: _, ...search } = created.study.definition.search;
    const study = { ...created.study, definition: { ...created.study.definition, search } };
    const asked = { type: 'asked', trial: 0, parameters: { unfreezeDepth: 0 }, source: 'sampler', at: 1 } as const;
    writeFileSync(journal, Buffer.concat([encodeEvent({ ...created, study }, 1), encodeEvent(asked, 2)]));
    const before = readFileSync(journal);
    const { record: again } = await opened(studyOf('plain'));
    expect([again.prior, again.definition.search.prior, again.definition.pruner]).toEqual([
      undefined,
      undefined,
      { type: 'median' },
    ]);
    expect(readFileSync(journal)).toEqual(before);
  },
  PATIENCE,
);

it(
  'a new study whose file names neither has the prior and freezeThaw',
  async () => {
    const { record } = await opened(studyOf('unnamed'));
    expect([record.prior, record.definition.search.prior, record.definition.pruner]).toEqual([
      PRIOR_VERSION,
      'fineTuning',
      { type: 'freezeThaw' },
    ]);
  },
  PATIENCE,
);
