// log.txt: what it is given, with the time, and no more than a disk should hold of it.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SessionLog } from '../../src/store/session-log.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'hpo-log-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('shortens endless lines, and ends a session of endless ones', () => {
  const path = join(folder, 'log.txt');
  const log = new SessionLog(path, () => 0);
  log.write('short');
  log.write('x'.repeat(1e6));
  const [first, second] = readFileSync(path, 'utf8').split('\n');
  expect(first).toBe('1970-01-01T00:00:00.000Z short');
  expect(second?.length).toBeLessThan(10_100);
  expect(second).toMatch(/x … \(990000 characters more\)$/);
  for (let i = 0; i < 10_000; i++) log.write('y'.repeat(9_000));
  log.close();
  expect(statSync(path).size).toBeLessThan(50_100_000);
  expect(readFileSync(path, 'utf8')).toMatch(/the log of this session ends here: it has 50000000 bytes\n$/);
});
