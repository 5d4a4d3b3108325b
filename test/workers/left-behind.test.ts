// What a trial leaves behind is its own: a late error does not fail the next trial, and what it detached is ended.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';
import { assignment, train } from './runner-contract.js';
import { eventually } from '../eventually.js';

const memory = { share: Number.MAX_SAFE_INTEGER, reserve: 0 };
const module = new URL('./trainers/leaving.mjs', import.meta.url).href;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const openRunner = (kind: 'thread' | 'process', log: string[]): Promise<PiscinaRunner> =>
  PiscinaRunner.open({
    trainer: { module },
    slots: [{ kind, env: {}, memory }],
    onLog: (_, line) => void log.push(line),
  });

describe.each(['thread', 'process'] as const)('in a %s', (kind) => {
  const log: string[] = [];
  let runner: PiscinaRunner;
  beforeAll(async () => {
    runner = await openRunner(kind, log);
  });
  afterAll(() => runner.close());

  it.each([
    ['throw', /^trial 7 left something behind that failed after the end: TypeError: too late/],
    ['reject', /^trial 7 left something behind that failed after the end: Error: nobody waits for this/],
    ['exit', /^trial 7 left something behind .*process\.exit\(3\) has no effect after the end of the trial/],
  ])(
    'a timer that does %s after its trial is logged with that trial, and the next one completes',
    async (behaviour, line) => {
      const before = runner.state()[0]?.pid;
      log.length = 0;
      expect((await train(runner, assignment(behaviour, { trial: 7 }))).outcome).toEqual({ status: 'completed' });
      expect((await train(runner, assignment('wait', { trial: 8 }))).outcome).toEqual({ status: 'completed' });
      await eventually(() => expect(log).toEqual([expect.stringMatching(line)]));
      expect(runner.state()[0]?.pid).toBe(before);
    },
  );
});

describe.skipIf(process.platform !== 'linux')(
  'a process that a trial detached (skipped where it cannot be found: not Linux)',
  () => {
    const log: string[] = [];
    const detach = async (runner: PiscinaRunner): Promise<number> => {
      log.length = 0;
      await train(runner, assignment('detach'));
      await eventually(() => expect(log.some((line) => line.startsWith('detached '))).toBe(true));
      return Number(log.find((line) => line.startsWith('detached '))?.split(' ')[1]);
    };
    const tells = (pid: number): boolean =>
      log.some(
        (line) => line.startsWith(`ended process ${pid} (`) && line.endsWith(', which the trainer had detached'),
      );

    it('is ended after its trial, and the log says so', async () => {
      const runner = await openRunner('process', log);
      try {
        const pid = await detach(runner);
        // Looks are a second apart.
        await eventually(async () => {
          await train(runner, assignment('plain'));
          expect(isAlive(pid)).toBe(false);
        });
        await eventually(() => expect(tells(pid)).toBe(true));
      } finally {
        await runner.close();
      }
    });

    it('is ended with its slot', async () => {
      const runner = await openRunner('process', log);
      const pid = await detach(runner);
      await runner.close();
      await eventually(() => expect(isAlive(pid)).toBe(false));
    });
  },
);
