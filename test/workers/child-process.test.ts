// The runner of child processes: the same contract, and what only a process of its own can survive.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PiscinaRunner, type SlotSetup } from '../../src/workers/piscina-runner.js';
import { BEHAVIOURS, assignment, describeRunner, train } from './runner-contract.js';

const trainer = { module: BEHAVIOURS };
const setup: SlotSetup = { kind: 'process', env: {}, memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0 } };

describeRunner('PiscinaRunner with child processes', (onLog) => PiscinaRunner.open({ trainer, slots: [setup], onLog }));

describe('a child process', () => {
  const log: string[] = [];
  let runner: PiscinaRunner;
  beforeAll(async () => {
    const memory = { ...setup.memory, limit: 400 * 2 ** 20 };
    runner = await PiscinaRunner.open({ trainer, slots: [{ ...setup, memory }], onLog: (_, line) => log.push(line) });
  });
  afterAll(() => runner.close());

  it.each([
    ['exit', 'crashed', /exited with code: 3/, undefined],
    ['reject', 'crashed', /nobody waits for this/, undefined],
    ['segfault', 'crashed', /ended by SIGSEGV: a crash in native code/, true],
    ['abort', 'crashed', /ended by SIGABRT/, true],
    ['fillHeap', 'out-of-memory', /JavaScript heap|takes more memory/, undefined],
    ['fillMemory', 'out-of-memory', /takes more memory than the 0.39 GiB/, undefined],
  ])('survives a trial that does %s', async (behaviour, kind, message, blameless) => {
    const before = runner.state()[0]?.pid;
    const { outcome } = await train(runner, assignment(behaviour));
    expect(outcome).toMatchObject({ status: 'failed', kind, ...(blameless === undefined ? {} : { blameless }) });
    expect(outcome).toHaveProperty('message', expect.stringMatching(message));
    expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'finished' });
    expect(runner.state()[0]?.pid).not.toBe(before);
  });

  it('hands what a trainer prints to the log, not to the terminal', async () => {
    log.length = 0;
    await train(runner, assignment('print'));
    expect(log).toEqual(['printed 1', 'printed 2', 'printed 3']);
  });

  it('is ended by an abort even while it never comes up for air', async () => {
    const controller = new AbortController();
    const decide = (): 'continue' => {
      setImmediate(() => controller.abort());
      return 'continue';
    };
    const { outcome } = await train(runner, assignment('spin'), decide, controller.signal);
    expect(outcome).toEqual({ status: 'aborted' });
    expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'finished' });
  });

  it('reports numbers that are not finite as they are', async () => {
    const { reports } = await train(runner, assignment('plain', { trial: NaN }));
    expect(reports[0]?.metrics['score']).toBeNaN();
  });
});
