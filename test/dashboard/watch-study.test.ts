// A study seen through its journal.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StudyModel } from '../../src/dashboard/model/study-model.js';
import { type WatchedStudy, watchStudy } from '../../src/dashboard/watch-study.js';
import { encodeEvent } from '../../src/store/journal-codec.js';
import { lockStudy } from '../../src/store/study-lock.js';
import { fakeEvents } from './support/fake-study.js';
import { eventually } from '../eventually.js';

const events = fakeEvents({ trials: 20 });
let folder: string;
let watched: WatchedStudy | undefined;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hpo-watch-'))));
afterEach(() => {
  watched?.close();
  rmSync(folder, { recursive: true });
});
const journal = (): string => join(folder, 'journal.jsonl');
const write = (from: number, to: number): void => {
  appendFileSync(journal(), Buffer.concat(events.slice(from, to).map((event, i) => encodeEvent(event, from + i + 1))));
};

describe('watchStudy', () => {
  it('follows a journal as it grows, a line that is still being written included', async () => {
    write(0, 50);
    watched = await watchStudy(folder, { interval: 1 });
    const model = new StudyModel(watched.past);
    watched.subscribe((event) => model.apply(event));
    const line = encodeEvent(events[50] as (typeof events)[number], 51);
    appendFileSync(journal(), line.subarray(0, 20));
    appendFileSync(journal(), line.subarray(20));
    write(51, events.length);
    await eventually(() => expect(model.history.trials).toHaveLength(20));
    expect(model.history.trials).toEqual(new StudyModel(events).history.trials);
  });

  it('knows whether anybody runs the study', async () => {
    write(0, 50);
    const lock = lockStudy(join(folder, 'lock'));
    watched = await watchStudy(folder, { interval: 1 });
    expect(watched.status().live).toBe(true);
    lock.release();
    await eventually(() => expect(watched?.status().live).toBe(false));
  });

  it('says where it looked when there is no study', async () => {
    await expect(watchStudy(folder)).rejects.toMatchObject({ code: 'ERR_STUDY_NOT_FOUND' });
  });

  it('follows a journal that could not be read for a while, and loses no event', async () => {
    write(0, 50);
    const errors: unknown[] = [];
    watched = await watchStudy(folder, { interval: 1, onError: (error) => errors.push(error) });
    write(50, 60);
    const damaged = readFileSync(journal());
    appendFileSync(journal(), 'no event\n');
    await eventually(() => expect(errors).toHaveLength(1));
    writeFileSync(journal(), damaged);
    write(60, events.length);
    await eventually(() => expect(watched?.past).toEqual(events));
    expect(errors).toHaveLength(1);
  });

  it.skipIf(process.platform === 'win32')('takes a study whose lock is a pipe for one that nobody runs', async () => {
    write(0, 50);
    execFileSync('mkfifo', [join(folder, 'lock')]);
    watched = await watchStudy(folder, { interval: 1 });
    expect(watched.status().live).toBe(false);
  });

  it('tells of a journal that is damaged later, once', async () => {
    write(0, 50);
    const errors: unknown[] = [];
    watched = await watchStudy(folder, { interval: 1, onError: (error) => errors.push(error) });
    writeFileSync(journal(), 'not a journal\n');
    await eventually(() => expect(errors).toHaveLength(1));
    expect(errors[0]).toMatchObject({ code: 'ERR_JOURNAL_DAMAGED' });
  });
});
