// The examples of docs/library.md and docs/own-trainer.md do what they say.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LiveStudy } from '../../src/controller/live-study.js';
import { runTrials } from '../../src/controller/run-trials.js';
import { StudyControl } from '../../src/controller/study-control.js';
import type { StudyEnd } from '../../src/controller/study-end.js';
import { type SamplerOptions, createSampler } from '../../src/search/create-sampler.js';
import { createPruner } from '../../src/search/pruners/create-pruner.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { TrialFolders } from '../../src/store/trial-folders.js';
import type { TrialEvent } from '../../src/study/events.js';
import { parseStudy } from '../../src/study/schema/parse-study.js';
import { SearchSpace } from '../../src/study/space.js';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';
import { type Block, blocksOf, runExample } from './examples.js';
import { writePhotos } from './photos.js';

describe('docs/library.md', () => {
  const photos = mkdtempSync(join(tmpdir(), 'hpo-photos-'));
  beforeAll(() => writePhotos(photos));
  const blocks = blocksOf('library.md');
  const examples = blocks.flatMap(({ language, text }, i): [string, string, string][] =>
    language === 'js' ? [[`example ${i / 2 + 1}`, text, blocks[i + 1]?.text ?? '']] : [],
  );

  it.each(examples)('%s prints what it says', async (_, code, expected) => {
    expect(await runExample(code, photos)).toBe(expected);
  });
});

describe('docs/own-trainer.md', () => {
  const [file, module] = blocksOf('own-trainer.md') as [Block, Block];
  const folder = mkdtempSync(join(tmpdir(), 'hpo-own-'));
  const { space, search, objective, trainer } = parseStudy(file.text, 'own-trainer.md', 'own');
  writeFileSync(join(folder, 'train.mjs'), module.text);
  const settings = trainer !== undefined && 'module' in trainer ? trainer.settings : undefined;
  const reference = { module: join(folder, 'train.mjs'), settings };

  /** Runs the study; `interruptAt` counts events. */
  async function run(
    before: readonly TrialEvent[],
    name: string,
    interruptAt = Infinity,
  ): Promise<[StudyEnd, readonly TrialEvent[]]> {
    const store = new MemoryStore(before);
    const study = new LiveStudy({ objective, store, events: before, clock: () => 0 });
    const control = new StudyControl();
    let events = 0;
    study.subscribe(() => void (++events === interruptAt && control.interrupt()));
    const runner = await PiscinaRunner.open({ trainer: reference, slots: 1 });
    const sampler = createSampler(search as SamplerOptions, new SearchSpace(space), objective, search.seed);
    const pruner = createPruner({ type: 'none' }, objective, { epochs: 6, seed: search.seed });
    const folders = new TrialFolders(join(folder, name));
    const { seed, trials } = search;
    const end = await runTrials({ study, sampler, pruner, runner, folders, seed, trials, control });
    await runner.close();
    return [end, await store.load()];
  }

  it('the trainer trains, and completes where the rate lets it', async () => {
    const [end, events] = await run([], 'whole');
    expect(end.reason).toBe('finished');
    const told = events.filter((event) => event.type === 'told');
    expect(told).toHaveLength(8);
    expect(told.some(({ outcome }) => outcome.status === 'completed')).toBe(true);
  });

  it('the trainer resumes: interrupted anywhere, it gives the same numbers', async () => {
    const [, whole] = await run([], 'undisturbed');
    let [end, events] = await run([], 'interrupted', 11);
    for (let i = 0; end.reason === 'interrupted' && i < 20; i++)
      [end, events] = await run(events, 'interrupted', 5 + i);
    expect(events).toEqual(whole);
  });
});
