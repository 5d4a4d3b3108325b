// One process downloads, others wait for it; nobody waits for one that is gone.
import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { oneAtATime } from '../../../src/backbones/download/one-at-a-time.js';

/** A file whose lock a process of another machine took, which gave its last sign of life so many seconds ago. */
function lockedElsewhere(secondsAgo: number): string {
  const file = join(mkdtempSync(join(tmpdir(), 'hpo-lock-')), 'weights');
  writeFileSync(`${file}.lock`, JSON.stringify({ token: 'theirs', owner: { pid: 1, host: 'container-7' } }));
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(`${file}.lock`, then, then);
  return file;
}

it('takes over from a process of another machine that has been silent for minutes', async () => {
  expect(await oneAtATime(lockedElsewhere(300), {}, () => Promise.resolve('done'))).toBe('done');
});

it('waits for one that was heard of', async () => {
  const signal = AbortSignal.timeout(700);
  let waits = 0;
  const work = oneAtATime(lockedElsewhere(1), { signal, onWait: () => void waits++ }, () => Promise.resolve('done'));
  await expect(work).rejects.toThrow(/abort/i);
  expect(waits).toBe(1);
});
