// A run's folder: where it lies, who may open it, and how an earlier one is moved away.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replay } from '../../src/store/replay.js';
import { encodeEvent } from '../../src/store/journal-codec.js';
import { RunDirectory } from '../../src/store/run-directory.js';
import { type RunLayout, layoutAt, layoutOf } from '../../src/store/run-layout.js';
import { asked, created } from './some-events.js';

const newLayout = (): RunLayout => layoutAt(join(mkdtempSync(join(tmpdir(), 'hpo-run-')), 'study.run'));

async function runOnce(layout: RunLayout, fresh = false): Promise<void> {
  const run = await RunDirectory.open(layout, { fresh });
  run.store.append(created);
  run.trials.prepare(0);
  await run.close();
}

describe('layoutOf', () => {
  it('puts a study’s run beside its file', () => {
    expect(layoutOf('/data/ants/study.json').journal).toBe('/data/ants/study.run/journal.jsonl');
    expect(layoutOf('/data/ants/wide.v2.json').root).toBe('/data/ants/wide.v2.run');
  });
});

describe('a run directory', () => {
  it('hands over what its journal holds', async () => {
    const layout = newLayout();
    await runOnce(layout);
    const run = await RunDirectory.open(layout);
    expect(run.events).toEqual([created]);
    await run.close();
  });

  it('is refused while it is open, and open to the next one after', async () => {
    const layout = newLayout();
    const run = await RunDirectory.open(layout);
    await expect(RunDirectory.open(layout)).rejects.toMatchObject({ code: 'ERR_STUDY_LOCKED' });
    await run.close();
    await (await RunDirectory.open(layout)).close();
  });

  it('whose journal is damaged is not kept locked', async () => {
    const layout = newLayout();
    mkdirSync(layout.root);
    writeFileSync(layout.journal, 'rubbish\n');
    await expect(RunDirectory.open(layout)).rejects.toMatchObject({ code: 'ERR_JOURNAL_DAMAGED' });
    expect(existsSync(layout.lock)).toBe(false);
  });

  it('is moved to earlier/, whole, by a fresh start; time after time', async () => {
    const layout = newLayout();
    await runOnce(layout);
    await runOnce(layout, true);
    await runOnce(layout, true);
    for (const earlier of ['1', '2']) {
      const { journal, trials } = layoutAt(join(layout.earlier, earlier));
      expect(readFileSync(journal, 'utf8')).toBe(encodeEvent(created, 1).toString());
      expect(existsSync(join(trials, '0'))).toBe(true);
    }
    const run = await RunDirectory.open(layout);
    expect(run.events).toEqual([created]);
    await run.close();
  });

  it('that cannot be made says so', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'hpo-run-')), 'file');
    writeFileSync(file, '');
    await expect(RunDirectory.open(layoutAt(join(file, 'study.run')))).rejects.toMatchObject({ code: 'ERR_STORE' });
  });
});

describe('the log', () => {
  it('tells of sessions, and stamps every line', async () => {
    const layout = newLayout();
    const run = await RunDirectory.open(layout);
    run.log.write('first\nsecond\n');
    await run.close();
    const lines = readFileSync(layout.log, 'utf8').split('\n');
    expect(lines.map((line) => line.replace(/^\d{4}-.*?Z /, ''))).toEqual([
      `process ${process.pid} opened the run: 0 events`,
      'first',
      'second',
      `process ${process.pid} closed the run`,
      '',
    ]);
  });
});

describe('replay', () => {
  it('tells an event that does not fit with its line', () => {
    const events = [created, asked(0), asked(2)];
    expect(() => replay(events, { metric: 'f1', direction: 'maximize' }, 'journal.jsonl')).toThrow(
      /^journal\.jsonl:3: expected trial 1 to be asked next, got trial 2\. Nothing was changed/,
    );
  });
});
