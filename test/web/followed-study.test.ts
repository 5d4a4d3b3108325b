// A study as its page shows it, whatever becomes of it meanwhile.
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StudyControl } from '../../src/controller/study-control.js';
import { offerControl } from '../../src/dashboard/remote/offer-control.js';
import { lockStudy } from '../../src/store/study-lock.js';
import { FollowedStudy } from '../../src/web/followed-study.js';
import type { LivePage } from '../../src/web/live-page.js';
import { fakeEvents } from '../dashboard/support/fake-study.js';
import { eventually } from '../eventually.js';
import { type WrittenStudy, shown, writtenStudy } from './support.js';

const events = fakeEvents({ trials: 20 });
const asked = (count: number): number => events.findIndex((event) => event.type === 'asked' && event.trial === count);

let disk: WrittenStudy;
let study: FollowedStudy;
beforeEach(() => {
  disk = writtenStudy();
  study = new FollowedStudy(shown(disk.layout));
});
afterEach(() => {
  study.close();
  disk.remove();
});

/** The page, once it is as expected. */
async function page(check: (page: LivePage) => void): Promise<LivePage> {
  return eventually(async () => {
    await study.look();
    const { page: current } = study.pages;
    check(current);
    return current;
  });
}

const situation = (expected: string) => (current: LivePage) => expect(current.now?.situation).toBe(expected);
const trials = (count: number) => (current: LivePage) => expect(current.trials?.rows).toHaveLength(count);

describe('a study', () => {
  it('that has not begun says how to begin it, and is another page once it has', async () => {
    const before = await page(situation('not begun'));
    expect(before.sections['answer']).toContain('hpo run study.json');
    const { version } = study.pages;
    disk.write(events.slice(0, asked(5)));
    const after = await page(trials(5));
    expect(after.title).toBe('ants-bees');
    expect(study.pages.since(version)).toEqual({ type: 'anew' });
  });

  it('that grows is the same page with changes, which are small', async () => {
    disk.write(events.slice(0, asked(15)));
    await page(trials(15));
    const { version } = study.pages;
    disk.write(events.slice(asked(15)));
    const current = await page(trials(20));
    const changes = study.pages.since(version);
    const told = changes.type === 'changed' ? changes.changes.join('').length : Infinity;
    expect(told).toBeLessThan(JSON.stringify(current).length / 2);
    expect(current.order).toContain('curves');
    expect(current.now?.log.length).toBeGreaterThan(3);
  });

  it('whose last line is still being written waits for it', async () => {
    const lines = events.slice(0, asked(4));
    disk.write(lines);
    appendFileSync(disk.layout.journal, '{"type":"asked","tri');
    const current = await page(trials(4));
    expect(current.now?.problem).toBeUndefined();
  });

  it('that is deleted and run again keeps its page, then has another', async () => {
    disk.write(events);
    await page(trials(20));
    const { version } = study.pages;
    rmSync(disk.layout.root, { recursive: true });
    const gone = await page(situation('gone'));
    expect(gone.trials?.rows).toHaveLength(20);
    expect(study.pages.reaches(version)).toBe(true);
    disk.restart();
    disk.write(fakeEvents({ trials: 3, seed: 8 }));
    await page(trials(3));
    expect(study.pages.since(version)).toEqual({ type: 'anew' });
  });

  it('whose journal was replaced by a longer one while nobody looked is read anew', async () => {
    disk.write(events.slice(0, asked(3)));
    await page(trials(3));
    const other = writtenStudy('other.run', disk.folder);
    other.write(fakeEvents({ trials: 12, seed: 9 }));
    renameSync(other.layout.journal, disk.layout.journal);
    const current = await page(trials(12));
    expect(current.now?.problem).toBeUndefined();
  });

  it('whose journal is damaged says where, keeps what was read, and goes on once it is mended', async () => {
    disk.write(events.slice(0, asked(8)));
    await page(trials(8));
    const whole = readFileSync(disk.layout.journal);
    appendFileSync(disk.layout.journal, 'no event\n');
    const damaged = await page(situation('damaged'));
    expect(damaged.now?.problem).toMatch(/journal\.jsonl:\d+: /);
    expect(damaged.trials?.rows).toHaveLength(8);
    writeFileSync(disk.layout.journal, whole);
    disk.write(events.slice(asked(8)));
    const mended = await page(trials(20));
    expect(mended.now?.problem).toBeUndefined();
  });

  it('whose journal names a slot that no machine has shows the others', async () => {
    disk.write(
      events.slice(0, asked(3)).map((event) => (event.type === 'asked' ? { ...event, slot: 2 ** 32 } : event)),
    );
    const current = await page(trials(3));
    expect(current.now?.problem).toBeUndefined();
  });

  it('whose journal could not be read for a while goes on', async () => {
    disk.write(events);
    await page(trials(20));
    renameSync(disk.layout.journal, `${disk.layout.journal}.away`);
    mkdirSync(disk.layout.journal);
    await page((current) => expect(current.now?.problem).toMatch(/journal\.jsonl/));
    rmSync(disk.layout.journal, { recursive: true });
    renameSync(`${disk.layout.journal}.away`, disk.layout.journal);
    const again = await page((current) => expect(current.now?.problem).toBeUndefined());
    expect(again.trials?.rows).toHaveLength(20);
  });

  it('whose journal is damaged from the start, or does not add up, says so', async () => {
    disk.write([...events.slice(0, 2), ...events.slice(1, 2)]);
    const doubled = await page(situation('damaged'));
    expect(doubled.now?.problem).toMatch(/journal\.jsonl:3: expected trial 1 to be asked next/);
    writeFileSync(disk.layout.journal, 'no event\n');
    const nonsense = await page((current) => expect(current.now?.problem).toMatch(/journal\.jsonl:1: /));
    expect(nonsense.now?.situation).toBe('damaged');
  });
});

describe('a study that runs', () => {
  it('shows what runs where, and does what it is asked', async () => {
    disk.write(events);
    const control = new StudyControl();
    const lock = lockStudy(disk.layout.lock);
    const running = events.findLast((event) => event.type === 'started');
    const trial = running?.type === 'started' ? running.trial : -1;
    const offer = await offerControl({
      folder: disk.layout.control,
      controls: control,
      status: () => ({
        engine: 'onnx',
        slots: [
          { slot: 0, device: 'oak' },
          { slot: 1, device: 'oak', trial, epochProgress: 0.5, imagesPerSecond: 120 },
          { slot: 2, device: 'elm' },
        ],
      }),
      isRunning: (one) => one === trial,
    });
    const { now } = await page((current) => expect(current.now?.controls).toBeDefined());
    expect(now).toMatchObject({
      situation: 'running',
      controls: { paused: false, mayPause: true, mayFinish: true },
      lanes: [{ device: 'oak' }, { device: 'oak', trial, speed: '120 img/s' }, { device: 'elm' }],
      machines: [
        { name: 'oak', lanes: 2, busy: 1 },
        { name: 'elm', lanes: 1, busy: 0 },
      ],
    });
    await study.ask({ do: 'pause' });
    expect(control.paused).toBe(true);
    await page(situation('paused'));
    await expect(study.ask({ do: 'prune', trial: 0 })).rejects.toThrow('trial 0 is not running');
    offer.close();
    lock.release();
    const ended = await page(situation('not running'));
    expect(ended.now).toMatchObject({ lanes: [] });
    expect(ended.now?.controls).toBeUndefined();
    await expect(study.ask({ do: 'pause' })).rejects.toThrow('not running');
  });

  it('says why nothing can be asked of it where its process offers no way', async () => {
    disk.write(events);
    const lock = lockStudy(disk.layout.lock);
    const { now } = await page(situation('running'));
    expect(now?.why).toContain('cannot be asked');
    expect(now?.lanes.length).toBeGreaterThan(0);
    lock.release();
  });
});

it('is not read while nobody looks', async () => {
  let time = 0;
  study.close();
  study = new FollowedStudy(shown(disk.layout), () => time);
  disk.write(events.slice(0, asked(3)));
  await study.look();
  expect(study.pages.page.trials?.rows).toHaveLength(3);
  time = 1e6; // nobody asked for a long time: the turn that comes next is the last
  disk.write(events.slice(asked(3), asked(5)));
  await eventually(() => expect(study.pages.page.trials?.rows).toHaveLength(5));
  disk.write(events.slice(asked(5)));
  const unread = readFileSync(join(disk.layout.root, 'journal.jsonl')).length;
  expect(unread).toBeGreaterThan(0);
  expect(study.pages.page.trials?.rows).toHaveLength(5);
  await study.look();
  expect(study.pages.page.trials?.rows).toHaveLength(20);
});
