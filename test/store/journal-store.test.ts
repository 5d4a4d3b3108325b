// The journal: what is appended is read back, whatever cut it off; damage and full disks are told, and nothing is lost.
import {
  appendFileSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JournalDisk, JournalStore } from '../../src/store/journal-store.js';
import { readJournal } from '../../src/store/journal-reader.js';
import type { TrialEvent } from '../../src/study/events.js';
import { asked, created, someEvents } from './some-events.js';

const folder = mkdtempSync(join(tmpdir(), 'hpo-journal-'));
let count = 0;
const newPath = (): string => join(folder, `run-${count++}`, 'journal.jsonl');

async function write(events: readonly TrialEvent[], path = newPath()): Promise<string> {
  const store = new JournalStore(path);
  await store.load();
  for (const event of events) store.append(event);
  await store.close();
  return path;
}

/** As releases before the checksums did. */
function writeUnsealed(events: readonly object[]): string {
  const path = newPath();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return path;
}

const createdBefore = { ...created, version: 1 } as TrialEvent;

async function load(path: string): Promise<readonly TrialEvent[]> {
  const store = new JournalStore(path);
  try {
    return await store.load();
  } finally {
    await store.close();
  }
}

/** Lines that end with a newline within the first so many bytes. */
function wholeLines(bytes: Buffer, length: number): number {
  return bytes.subarray(0, length).filter((byte) => byte === 0x0a).length;
}

describe('a journal', () => {
  it('is empty before anything was appended', async () => {
    expect(await load(newPath())).toEqual([]);
  });

  it('gives back what was appended', async () => {
    await fc.assert(
      fc.asyncProperty(someEvents, async (events) => {
        expect(await load(await write(events))).toEqual(events);
      }),
      { numRuns: 50 },
    );
  });

  it('reads reports of before the seconds of the frozen part were counted', async () => {
    const report = { epoch: 1, metrics: { f1: 1 }, work: { needed: 3, computed: 2 } };
    const path = writeUnsealed([createdBefore, { type: 'reported', trial: 0, report, at: 1 }]);
    expect((await load(path)).at(-1)).toMatchObject({ report: { work: { needed: 3, computed: 2 } } });
  });

  it('of an earlier release, without checksums, is read and continued with them', async () => {
    const path = writeUnsealed([createdBefore, asked(0)]);
    await write([asked(1), asked(2)], path);
    expect(await load(path)).toEqual([createdBefore, asked(0), asked(1), asked(2)]);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.map((line) => /"line":(\d+),"crc":"[0-9a-f]{8}"}$/.exec(line)?.[1])).toEqual([
      undefined,
      undefined,
      '3',
      '4',
    ]);
  });

  it('stays plain JSON with every line, and grows by less than 50 bytes a line', async () => {
    const lines = readFileSync(await write([created, asked(0)]), 'utf8')
      .trim()
      .split('\n');
    const { line, crc, ...event } = JSON.parse(lines[1] as string) as Record<string, unknown>;
    expect(event).toEqual(asked(0));
    expect([line, crc]).toEqual([2, expect.stringMatching(/^[0-9a-f]{8}$/)]);
    expect((lines[1] as string).length).toBeLessThan(JSON.stringify(asked(0)).length + 50);
  });

  it('gives back the longest whole prefix wherever it was cut off, and goes on from there', async () => {
    await fc.assert(
      fc.asyncProperty(someEvents, fc.double({ min: 0, max: 1, noNaN: true }), async (events, place) => {
        const path = await write(events);
        const bytes = readFileSync(path);
        const length = Math.floor(place * bytes.length);
        truncateSync(path, length);
        const whole = events.slice(0, wholeLines(bytes, length));
        expect(await load(path)).toEqual(whole);
        const more = whole.length === 0 ? created : asked(99);
        await write([more], path);
        expect(await load(path)).toEqual([...whole, more]);
      }),
      { numRuns: 100 },
    );
  });

  it('is whole at every single cut of a small one', async () => {
    const events = [created, asked(0), asked(1)];
    const path = await write(events);
    const bytes = readFileSync(path);
    for (let length = bytes.length; length >= 0; length--) {
      truncateSync(path, length);
      expect(await readJournal(path)).toEqual(events.slice(0, wholeLines(bytes, length)));
    }
  });

  it('holds an event as soon as it is appended, without a flush', async () => {
    const path = newPath();
    const store = new JournalStore(path);
    await store.load();
    store.append(created);
    expect(await readJournal(path)).toEqual([created]);
    await store.close();
  });

  it('reads lines that are longer than what is read at once', async () => {
    const predictions = Array.from({ length: 250_000 }, (_, i) => 10_000 + i);
    const report = { epoch: 1, metrics: { f1: 1 }, detail: { confusion: [], predictions } };
    const events: TrialEvent[] = [created, { type: 'reported', trial: 0, report, at: 1 }, asked(1)];
    expect(await load(await write(events))).toEqual(events);
  });
});

describe('damage', () => {
  const middle = async (line: string): Promise<string> => {
    const path = writeUnsealed([createdBefore]);
    appendFileSync(path, `${line}\n${JSON.stringify(asked(0))}\n`);
    return path;
  };

  it.each([
    ['no JSON', '{"type":"asked","tri', /:2: expected an event as JSON, got '\{"type":"asked","tri'/],
    ['an empty line', '', /:2: expected an event as JSON, got ''/],
    ['an unknown event', '{"type":"danced","at":1}', /:2: expected an event, but type/],
    ['a missing field', '{"type":"started","trial":0,"at":1}', /:2: .*slot: expected .*found nothing/],
    [
      'a metric that is null',
      '{"type":"reported","trial":0,"report":{"epoch":1,"metrics":{"f1":null}},"at":1}',
      /:2: .*f1/,
    ],
    ['a second beginning', JSON.stringify(created), /:2: expected 'created' only in the first line/],
    ['zeros', '\0\0\0\0', /:2: expected an event as JSON/],
  ])('by %s is told with its line, and nothing is overwritten', async (_, line, message) => {
    const path = await middle(line);
    const before = readFileSync(path);
    await expect(load(path)).rejects.toMatchObject({ code: 'ERR_JOURNAL_DAMAGED' });
    await expect(load(path)).rejects.toThrow(message);
    expect(readFileSync(path)).toEqual(before);
  });

  it('by bytes that are no UTF-8 is told', async () => {
    const path = writeUnsealed([createdBefore]);
    appendFileSync(path, Buffer.from([0x7b, 0xff, 0xfe, 0x0a]));
    await expect(load(path)).rejects.toThrow(/:2: expected UTF-8/);
  });

  it('by a missing beginning is told', async () => {
    const path = await write([asked(0)]);
    await expect(load(path)).rejects.toThrow(/:1: expected 'created' as the first event/);
  });

  it('by a zero byte anywhere in a line is told', async () => {
    const path = await write([created, asked(0), asked(1)]);
    const bytes = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.indexOf(0x0a) - 1), async (position) => {
        const damaged = Buffer.from(bytes);
        damaged[position] = 0x00;
        writeFileSync(path, damaged);
        await expect(load(path)).rejects.toMatchObject({ code: 'ERR_JOURNAL_DAMAGED' });
      }),
    );
  });

  it('by any single flipped bit is told, save in the last newline, which is then torn', async () => {
    const reported: TrialEvent = { type: 'reported', trial: 0, report: { epoch: 1, metrics: { f1: 0.5 } }, at: 4 };
    const events = [created, asked(0), { type: 'started', trial: 0, slot: 0, at: 3 } as const, reported];
    const path = await write(events);
    const bytes = readFileSync(path);
    for (let bit = 0; bit < 8 * (bytes.length - 1); bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, flipped);
      const error: unknown = await readJournal(path).catch((thrown: unknown) => thrown);
      expect(error, `bit ${bit}`).toMatchObject({ code: 'ERR_JOURNAL_DAMAGED' });
    }
    const torn = Buffer.from(bytes);
    torn[bytes.length - 1]! ^= 1;
    writeFileSync(path, torn);
    expect(await readJournal(path)).toEqual(events.slice(0, -1));
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['a lost line', ([a, b, , d]) => [a!, b!, d!], /:3: expected line 3, got line 4/],
    ['a doubled line', ([a, b, c, d]) => [a!, b!, b!, c!, d!], /:3: expected line 3, got line 2/],
    ['swapped lines', ([a, b, c, d]) => [a!, c!, b!, d!], /:2: expected line 2, got line 3/],
    ['a changed number', (lines) => lines.map((line) => line.replace('0.142', '0.143')), /:3: expected the checksum/],
    [
      'a line without a checksum after lines with one',
      ([a, b, c]) => [a!, b!, c!, JSON.stringify(asked(2))],
      /:4: expected a line with a checksum, got one without/,
    ],
    [
      'a first line that lost its checksum',
      ([a, ...rest]) => [a!.replace('"crc"', '"crd"'), ...rest],
      /:1: expected a line with a checksum/,
    ],
  ])('by %s is told', async (_, change, message) => {
    const path = await write([created, asked(0), asked(1), asked(2)]);
    const lines = change(readFileSync(path, 'utf8').trim().split('\n'));
    writeFileSync(path, `${lines.join('\n')}\n`);
    await expect(load(path)).rejects.toThrow(message);
  });

  it('does not mean a later release’s fields', async () => {
    const path = await middle(JSON.stringify({ ...asked(0), colour: 'green' }));
    expect((await load(path))[1]).toEqual({ ...asked(0), colour: 'green' });
  });

  it('does not mean a later release’s journal, which is refused by its version', async () => {
    const path = await write([{ ...created, version: 99 } as TrialEvent]);
    await expect(load(path)).rejects.toMatchObject({
      code: 'ERR_JOURNAL_VERSION',
      message: expect.stringMatching(/version 4 or earlier, got version 99/) as string,
    });
  });
});

describe('a disk', () => {
  /** Takes so many bytes and no more. */
  function smallDisk(capacity: number): JournalDisk {
    let free = capacity;
    return {
      write: (fd, bytes) => {
        if (free === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        const written = writeSync(fd, bytes.subarray(0, Math.min(free, bytes.length)));
        free -= written;
        return written;
      },
      truncate: ftruncateSync,
      sync: () => Promise.resolve(),
    };
  }

  it('that is full stops the store with a clear error, and the journal stays loadable at every size', async () => {
    const events = [created, asked(0), asked(1), asked(2)];
    const total = readFileSync(await write(events)).length;
    for (let capacity = 0; capacity < total; capacity += 7) {
      const path = newPath();
      const store = new JournalStore(path, smallDisk(capacity));
      await store.load();
      let kept = 0;
      const fill = (): void => {
        for (const event of events) {
          store.append(event);
          kept++;
        }
      };
      expect(fill).toThrow(
        expect.objectContaining({ code: 'ERR_STORE', message: expect.stringContaining('the disk is full') }),
      );
      expect(() => store.append(asked(9))).toThrow('the disk is full');
      await expect(store.close()).rejects.toThrow('the disk is full');
      expect(await load(path)).toEqual(events.slice(0, kept));
      expect(readFileSync(path).at(-1) ?? 0x0a).toBe(0x0a);
    }
  });

  it('that takes part of an event at a time gets the rest', async () => {
    const path = newPath();
    const byteByByte: JournalDisk = {
      write: (fd, bytes) => writeSync(fd, bytes.subarray(0, 1)),
      truncate: ftruncateSync,
      sync: () => Promise.resolve(),
    };
    const store = new JournalStore(path, byteByByte);
    await store.load();
    store.append(created);
    await store.close();
    expect(await load(path)).toEqual([created]);
  });

  it('that fails to sync stops the store', async () => {
    const broken: JournalDisk = {
      write: writeSync,
      truncate: ftruncateSync,
      sync: () => Promise.reject(new Error('EIO')),
    };
    const store = new JournalStore(newPath(), broken);
    await store.load();
    store.append(created);
    await expect(store.flush()).rejects.toMatchObject({ code: 'ERR_STORE' });
    expect(() => store.append(asked(0))).toThrow('EIO');
  });
});

describe('flush', () => {
  /** Counts syncs and lets the test end each. */
  function slowDisk(): { disk: JournalDisk; syncs: (() => void)[] } {
    const syncs: (() => void)[] = [];
    const sync = (): Promise<void> => new Promise((resolve) => syncs.push(resolve));
    return { disk: { write: writeSync, truncate: ftruncateSync, sync }, syncs };
  }

  it('shares one sync among those that wait while the disk is busy, and never resolves by an earlier one', async () => {
    const { disk, syncs } = slowDisk();
    const store = new JournalStore(newPath(), disk);
    await store.load();
    const done: string[] = [];
    store.append(created);
    const first = store.flush().then(() => done.push('first'));
    store.append(asked(0));
    const second = store.flush().then(() => done.push('second'));
    store.append(asked(1));
    const third = store.flush().then(() => done.push('third'));
    expect(syncs).toHaveLength(1);
    syncs[0]?.();
    await first;
    expect(done).toEqual(['first']);
    expect(syncs).toHaveLength(2);
    syncs[1]?.();
    await Promise.all([second, third]);
    expect(syncs).toHaveLength(2);
  });

  it('asks nothing of the disk when nothing is new', async () => {
    const { disk, syncs } = slowDisk();
    const store = new JournalStore(newPath(), disk);
    await store.load();
    await store.flush();
    expect(syncs).toHaveLength(0);
  });
});

describe('an event that could not be read back', () => {
  it('is refused, and the journal stays loadable', async () => {
    const path = newPath();
    const store = new JournalStore(path);
    await store.load();
    store.append(created);
    const bad: TrialEvent = { ...asked(0), parameters: { x: NaN } } as TrialEvent;
    expect(() => store.append(bad)).toThrow(
      expect.objectContaining({
        code: 'ERR_STORE',
        message: expect.stringContaining("'asked' could not be read back: parameters.x: expected") as string,
      }),
    );
    expect(() => store.append(asked(0))).toThrow('could not be read back');
    await expect(store.close()).rejects.toThrow('could not be read back');
    expect(await load(path)).toEqual([created]);
  });
});
