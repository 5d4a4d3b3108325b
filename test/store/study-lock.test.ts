// The lock of a study: one process at a time, dead owners succeeded, never two at once.
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf } from '../../src/system/process-identity.js';
import { lockStudy } from '../../src/store/study-lock.js';
import { FileLock } from '../../src/system/file-lock.js';

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'hpo-lock-')), 'lock');

function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

/** A lock as a process that is gone left it. */
function leave(path: string, owner: object = { ...identityOf(), pid: deadPid() }): void {
  writeFileSync(path, JSON.stringify({ token: 'left', owner }));
}

function leaveFolder(path: string, owner: object): void {
  mkdirSync(path);
  writeFileSync(join(path, 'claim'), JSON.stringify({ token: 'left', owner }));
}

function startContender(preloaded: readonly string[] = []): ChildProcess {
  const execArgv = [...preloaded, 'tsx'].flatMap((module) => ['--import', module]);
  return fork(new URL('./lock-contender.ts', import.meta.url), { execArgv });
}

const WITHOUT_LINKS = new URL('../system/without-hard-links.mjs', import.meta.url).href;

async function ask(child: ChildProcess, message: object): Promise<Record<string, unknown>> {
  const answer = once(child, 'message');
  child.send(message);
  return ((await answer) as [Record<string, unknown>])[0];
}

describe('a study lock', () => {
  it('names its process while it is held', () => {
    const path = newPath();
    const lock = lockStudy(path);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ owner: { pid: process.pid } });
    expect(FileLock.holder(path)?.pid).toBe(process.pid);
    expect(lock.wasLeftBehind).toBe(false);
    lock.release();
    expect(FileLock.holder(path)).toBeUndefined();
    expect(lockStudy(path).wasLeftBehind).toBe(false);
  });

  it('refuses a link to nothing instead of waiting for its end', () => {
    const path = newPath();
    symlinkSync('nowhere', path);
    expect(() => lockStudy(path)).toThrow(
      expect.objectContaining({ code: 'ERR_STORE', message: expect.stringContaining('found a link to nowhere') }),
    );
    expect(readdirSync(dirname(path))).toEqual(['lock']);
  });

  it('removes what killed processes left beside it, and nothing else', () => {
    const path = newPath();
    leave(path);
    leave(`${path}.after-left`);
    leave(`${path}.0123456789ab`);
    leave(`${path}.after-left.0123456789ab`);
    leave(`${path}.after-alive`, identityOf());
    leave(`${path}.json`);
    lockStudy(path).release();
    expect(readdirSync(dirname(path)).sort()).toEqual(['lock.after-alive', 'lock.json']);
  });

  it('refuses a second taking, also by the same process', () => {
    const path = newPath();
    const lock = lockStudy(path);
    expect(() => lockStudy(path)).toThrow(
      expect.objectContaining({
        code: 'ERR_STUDY_LOCKED',
        message: expect.stringContaining(`by process ${process.pid}`),
      }),
    );
    lock.release();
    lockStudy(path).release();
  });

  it('leaves nothing behind', () => {
    const path = newPath();
    leave(path);
    lockStudy(path).release();
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it('is taken over from a process that is gone', () => {
    const path = newPath();
    leave(path);
    expect(FileLock.holder(path)).toBeUndefined();
    const lock = lockStudy(path);
    expect(FileLock.holder(path)?.pid).toBe(process.pid);
    expect(lock.wasLeftBehind).toBe(true);
    lock.release();
  });

  it.skipIf(identityOf().started === undefined)('is taken over where the pid belongs to another process now', () => {
    const path = newPath();
    leave(path, { ...identityOf(), started: 'boot/12' });
    lockStudy(path).release();
  });

  it('is taken over where a power cut left it empty', () => {
    const path = newPath();
    writeFileSync(path, '');
    lockStudy(path).release();
  });

  it('is taken over where a process died while it was taking over', () => {
    const path = newPath();
    leave(path);
    leave(`${path}.after-left`);
    lockStudy(path).release();
  });

  it('of another machine is not taken over, and the message says what to do', () => {
    const path = newPath();
    leave(path, { pid: 1, host: 'elsewhere.example' });
    expect(() => lockStudy(path)).toThrow(/process 1 on elsewhere\.example\. If .* delete .*lock$/);
  });

  it('survives a release by someone who no longer has it', () => {
    const path = newPath();
    const lock = lockStudy(path);
    leave(path, { pid: 1, host: 'elsewhere.example' });
    lock.release();
    expect(existsSync(path)).toBe(true);
  });
});

describe.each([
  ['processes that contend', []],
  ['processes that contend without hard links', [WITHOUT_LINKS]],
])('%s', (_, preloaded) => {
  let children: ChildProcess[];
  beforeAll(async () => {
    children = [startContender(preloaded), startContender(preloaded), startContender(preloaded)];
    await Promise.all(children.map((child) => once(child, 'message')));
  });
  afterAll(() => children.forEach((child) => child.kill()));

  it('for one dead owner’s lock: exactly one gets it, and the others are told who, over and over', async () => {
    const path = newPath();
    const pid = deadPid();
    for (let round = 0; round < 100; round++) {
      // What a process without hard links leaves is a folder.
      if (preloaded.length > 0 && round % 2 === 1) leaveFolder(path, { ...identityOf(), pid });
      else leave(path, { ...identityOf(), pid });
      const answers = await Promise.all(children.map((child) => ask(child, { do: 'take', path })));
      const winners = answers.filter(({ won }) => won !== undefined);
      expect(winners).toHaveLength(1);
      const winner = children.find((child) => child.pid === winners[0]?.['won']) as ChildProcess;
      for (const { lost } of answers) {
        // A loser may have met another contender on its way out rather than the winner.
        if (lost !== undefined)
          expect(children.map((child) => `by process ${child.pid}`)).toContain(
            /by process \d+/.exec(JSON.stringify(lost))?.[0],
          );
      }
      expect(FileLock.holder(path)?.pid).toBe(winner.pid);
      await ask(winner, { do: 'release', path });
      expect(readdirSync(dirname(path))).toEqual([]);
    }
  });

  it('get the lock of one that was killed', async () => {
    const path = newPath();
    const [victim, heir] = children as [ChildProcess, ChildProcess];
    expect(await ask(victim, { do: 'take', path })).toEqual({ won: victim.pid });
    expect(await ask(heir, { do: 'take', path })).toHaveProperty('lost');
    const gone = once(victim, 'exit');
    victim.kill('SIGKILL');
    await gone;
    expect(await ask(heir, { do: 'take', path })).toEqual({ won: heir.pid });
  });
});
