// History and journal hold the same events, also where one could not be written.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LiveStudy } from '../../src/controller/live-study.js';
import { JournalStore, type JournalDisk } from '../../src/store/journal-store.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { snapshotOf } from '../../src/store/snapshot.js';
import { createStudy } from '../../src/app/create-study.js';
import { readJournal } from '../../src/store/journal-reader.js';
import { replay } from '../../src/store/replay.js';
import { layoutAt } from '../../src/store/run-layout.js';
import { created, objective } from './scene.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'hpo-live-'));
const fullDisk: JournalDisk = {
  write: () => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  },
  truncate: () => {},
  sync: () => Promise.resolve(),
};

it('an event that cannot be written is in neither', async () => {
  const store = new JournalStore(join(newFolder(), 'journal.jsonl'), fullDisk);
  await store.load();
  const study = new LiveStudy({ objective, store, events: [created], clock: () => 0 });
  const seen: string[] = [];
  study.subscribe(({ type }) => void seen.push(type));
  expect(() => study.record({ type: 'asked', trial: 0, parameters: { x: 1 }, source: 'sampler' })).toThrow(
    'the disk is full',
  );
  expect(study.history.trials).toEqual([]);
  expect(study.searched).toBe(0);
  expect(() => study.warn('hot')).toThrow('the disk is full');
  expect(study.history.warnings).toEqual([]);
  expect(study.warningCount).toBe(0);
  expect(seen).toEqual([]);
});

it('an event that does not fit what happened before is in neither', async () => {
  const store = new MemoryStore([created]);
  const study = new LiveStudy({ objective, store, events: [created], clock: () => 0 });
  const started = { type: 'started', trial: 0, slot: 0 } as const;
  expect(() => study.record(started)).toThrow("expected a known trial in 'started', got trial 0 of 0");
  study.record({ type: 'asked', trial: 0, parameters: { x: 1 }, source: 'sampler' });
  study.record(started);
  const report = { epoch: 2, metrics: { f1: 0.5 } };
  expect(() => study.record({ type: 'reported', trial: 0, report })).toThrow('expected epoch 1 of trial 0');
  expect((await store.load()).map(({ type }) => type)).toEqual(['created', 'asked', 'started']);
  expect(study.history.trials[0]).toMatchObject({ state: 'running', reports: [] });
});

it('the snapshot of a study whose sampler proposes NaN has the trials of its journal', async () => {
  const directory = newFolder();
  const study = await createStudy({
    ...{ name: 'nan', directory, space: { x: { type: 'float', min: 0, max: 1 } } },
    sampler: { ask: ({ trials }) => ({ parameters: { x: trials.length === 1 ? NaN : 0.5 } }) },
  });
  const trial = study.ask();
  study.tell(trial?.number ?? NaN, 1);
  expect(() => study.ask()).toThrow('could not be read back');
  expect(study.trials).toHaveLength(1);
  await study.close().catch(() => {}); // the store says again that it failed
  const layout = layoutAt(directory);
  const history = replay(await readJournal(layout.journal), study.objective);
  expect(JSON.parse(readFileSync(layout.snapshot, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(snapshotOf('nan', history))),
  );
});
