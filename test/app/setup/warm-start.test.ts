// The trials of another study that a study begins with: what was fixed there counts as each trial's own.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type StudyFromFile, type StudyInput, readStudyFile } from '../../../src/app/files/study-file.js';
import { recordWarmStart } from '../../../src/app/setup/warm-start.js';
import { JournalStore } from '../../../src/store/journal-store.js';
import { layoutOf } from '../../../src/store/run-layout.js';
import { JOURNAL_VERSION, type StudyRecord, type TrialEvent } from '../../../src/study/events.js';

const learningRate = { type: 'float', min: 1e-4, max: 1e-1, scale: 'log' } as const;
const folder = mkdtempSync(join(tmpdir(), 'hpo-warm-start-'));
let count = 0;

function study(input: Partial<StudyInput>): StudyFromFile {
  const file = join(folder, `study-${count++}.json`);
  const parts = { data: { folder: 'images' }, objective: { metric: 'accuracy' }, space: { learningRate } };
  writeFileSync(file, JSON.stringify({ ...parts, ...input }));
  return readStudyFile(file);
}

/** A study with one completed trial. @param without training fields that its version of hpo did not have. */
async function finished(input: Partial<StudyInput>, without: readonly string[] = []): Promise<string> {
  const { file, definition } = study(input);
  const training = Object.fromEntries(Object.entries(definition.training).filter(([name]) => !without.includes(name)));
  const record = { name: definition.name, definition: { ...definition, training } } as StudyRecord;
  const store = new JournalStore(layoutOf(file).journal);
  await store.load();
  const events: TrialEvent[] = [
    { type: 'created', version: JOURNAL_VERSION, study: record, at: 0 },
    { type: 'asked', trial: 0, parameters: { learningRate: 0.01 }, source: 'sampler', at: 0 },
    { type: 'started', trial: 0, slot: 0, at: 0 },
    { type: 'reported', trial: 0, report: { epoch: 1, metrics: { accuracy: 0.8 } }, at: 0 },
    { type: 'told', trial: 0, outcome: { status: 'completed' }, at: 0 },
  ];
  for (const event of events) store.append(event);
  await store.close();
  return file;
}

const warm = (warmStart: string, input: Partial<StudyInput>): ReturnType<typeof recordWarmStart> =>
  recordWarmStart(study({ ...input, search: { strategy: 'bayesian', trials: 5, warmStart } }), []);

it('a backbone that was fixed in the other study is one that is searched here', async () => {
  const before = await finished({ backbone: { name: 'squeezenet' } });
  const backbone = { type: 'choice' as const, values: ['mobilenetv2', 'squeezenet'] };
  const { warmStart } = await warm(before, { space: { learningRate, backbone } });
  expect(warmStart).toEqual([{ parameters: { learningRate: 0.01, backbone: 'squeezenet' }, value: 0.8 }]);
});

it('a training field that the other study was begun without had its default', async () => {
  const before = await finished({ backbone: { name: 'squeezenet' } }, ['precision']);
  const precision = { type: 'choice' as const, values: ['float32', 'bfloat16'] };
  const { warmStart } = await warm(before, { backbone: { name: 'squeezenet' }, space: { learningRate, precision } });
  expect(warmStart).toEqual([{ parameters: { learningRate: 0.01, precision: 'float32' }, value: 0.8 }]);
});

it('a backbone that was searched is left out where there is one', async () => {
  const before = await finished({ backbone: { name: 'mobilenetv2' } });
  const { warmStart } = await warm(before, { backbone: { name: 'squeezenet' } });
  expect(warmStart).toEqual([{ parameters: { learningRate: 0.01 }, value: 0.8 }]);
});
