// Programs as trainers: what they are given, what is read of them, and how they end.
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTrainer } from '../../../src/workers/command/command-settings.js';
import { PiscinaRunner } from '../../../src/workers/piscina-runner.js';
import type { Assignment } from '../../../src/study/trial-runner.js';
import { eventually } from '../../eventually.js';
import { type TrainOptions, type Trained, abortAfter, train } from '../runner-contract.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hpo-command-')));
const PROGRAM = join(import.meta.dirname, 'program.mjs');
const completed = { status: 'completed' };
const log: string[] = [];
const warnings: string[] = [];
let runner: PiscinaRunner;
let trials = 0;

const open = (memory: object = {}): Promise<PiscinaRunner> =>
  PiscinaRunner.open({
    trainer: commandTrainer({
      command: [process.execPath, PROGRAM, '{behaviour}', '--rate={rate}', ['--momentum', '{momentum}'], '{{}}'],
      env: { OWN: 'trial {hpo.trial}', ABSENT: '{momentum}' },
      grace: 0.3,
      folder,
    }),
    slots: [
      {
        kind: 'process',
        env: { HPO_QUEUE_PASSWORD: 'secret' },
        memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0, ...memory },
      },
    ],
    onLog: (_, line) => log.push(line),
    onWarning: (message) => warnings.push(message),
  });

beforeAll(async () => {
  runner = await open();
});
afterAll(async () => {
  await runner.close();
  rmSync(folder, { recursive: true });
});

function assignment(behaviour: string, more: Partial<Assignment> = {}): Assignment {
  const trial = trials++;
  const directory = join(folder, 'trials', String(trial));
  return { trial, parameters: { behaviour, rate: 1e-7 }, seed: 1, directory, reported: 0, ...more };
}

const run = (behaviour: string, options?: TrainOptions, more?: Partial<Assignment>): Promise<Trained> => {
  log.length = 0;
  return train(runner, assignment(behaviour, more), options);
};

/** Not so where it is gone, or was ended and nobody has asked for its exit code yet. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

const startedIn = (lines: readonly string[]): number[] =>
  (lines.find((line) => line.startsWith('started ')) ?? '').split(' ').slice(1).map(Number);

describe('what a program is given', () => {
  it('parameters in its arguments, its environment and a file, its folder, and no password of a queue', async () => {
    const { outcome } = await run('echo', {}, { trial: 900, reported: 2, directory: join(folder, 'trials', '900') });
    expect(outcome).toEqual(completed);
    const given: unknown = JSON.parse(log.find((line) => line.startsWith('given'))?.slice(6) ?? '');
    const parameters = { behaviour: 'echo', rate: 1e-7 };
    expect(given).toEqual({
      rest: ['--rate=1e-7', '{}'],
      environment: {
        HPO_PARAMETERS: JSON.stringify(parameters),
        HPO_TRIAL: '900',
        HPO_SEED: expect.stringMatching(/^\d+$/) as string,
        HPO_REPORTED: '2',
        OWN: 'trial 900',
      },
      file: parameters,
      folder,
    });
  });

  it('a conditional parameter with its option, where it is active', async () => {
    await run('echo', {}, { parameters: { behaviour: 'echo', rate: 1, momentum: 0.9 } });
    expect(log.find((line) => line.startsWith('given'))).toContain(
      '"rest":["--rate=1","--momentum","0.9","{}"],"environment":',
    );
    expect(log.find((line) => line.startsWith('given'))).toContain('"ABSENT":"0.9"');
  });
});

describe('what is read of a program', () => {
  it('lines that are no reports go to the log; progress bars as their last state', async () => {
    const { outcome, reports } = await run('lines');
    expect(outcome).toEqual({ status: 'completed', reason: 'no gain for 5 epochs' });
    const metrics = { score: 0.1, loss: NaN, NaN: -Infinity };
    expect(reports).toEqual([{ epoch: 1, metrics, seconds: expect.any(Number) as number }]);
    expect(log).toContain('to stderr');
    expect(log).toContain('{"epoch": 7, "loss": 0.5}');
    expect(log).toContain('100 %');
    expect(log.filter((line) => line.startsWith('xxx')).map(({ length }) => length)).toEqual([10_000]);
    expect(warnings).toEqual(['odd data']);
  });

  it('reports on a descriptor of their own', async () => {
    const { outcome, reports } = await run('descriptor');
    expect([outcome, reports.length]).toEqual([completed, 1]);
    expect(log).toContain('only a line');
  });

  it.each([
    ['badDescriptor', "expected a report { epoch, metrics }, got 'epoch 1'"],
    ['none', expect.stringContaining('got none before it ended') as string],
  ])('a program that does %s broke the contract', async (behaviour, message) => {
    const { outcome } = await run(behaviour);
    expect(outcome).toEqual({ status: 'failed', kind: 'crashed', message, fault: 'trainer' });
  });

  it('every report of a program that runs far ahead, in order', async () => {
    const { outcome, reports } = await run('many');
    expect(outcome).toEqual(completed);
    expect(reports.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
  });
});

describe('how a program ends', () => {
  it('is told to go on after each report, and to stop', async () => {
    const directory = join(folder, 'trials', 'listen');
    const decide = ({ epoch }: { epoch: number }): 'continue' | 'stop' => (epoch === 2 ? 'stop' : 'continue');
    const { outcome, reports } = await run('listen', { decide }, { directory });
    expect([outcome, reports.length]).toEqual([undefined, 2]);
    expect(log).toContain('told continue');
    expect(existsSync(join(directory, 'stopped'))).toBe(true);
  });

  it('ends by SIGTERM where it reads no verdict; later reports count for nothing', async () => {
    const { outcome, reports } = await run('deaf', { decide: () => 'stop' });
    expect([outcome, reports.length]).toEqual([undefined, 1]);
    const directory = join(folder, 'trials', 'polite');
    await run('polite', { decide: () => 'pause' }, { directory });
    expect(existsSync(join(directory, 'saved'))).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')('ends by SIGKILL otherwise, with all that it started', async () => {
    await run('stubborn', { decide: () => 'stop' });
    const pids = startedIn(log);
    expect(pids).toHaveLength(3);
    await eventually(() => expect(pids.slice(0, 2).map(isRunning)).toEqual([false, false]));
    // What it detached ends within about a second, at the end of this trial or the next.
    await eventually(async () => {
      await run('descriptor');
      expect(isRunning(pids[2] ?? 0)).toBe(false);
    });
  });

  it('what it leaves behind ends with it, though it holds its output', async () => {
    const { outcome } = await run('leave');
    expect(outcome).toEqual(completed);
    const pids = startedIn(log);
    expect(pids).toHaveLength(1);
    await eventually(() => expect(pids.map(isRunning)).toEqual([false]));
  });

  it('ends at once when the trial is given up, and the slot works on', async () => {
    const giveUp = new AbortController();
    const { outcome } = await run('deaf', { decide: abortAfter(giveUp, 2), giveUp: giveUp.signal });
    expect(outcome).toBeUndefined();
    expect((await run('descriptor')).outcome).toEqual(completed);
  });

  it.each([
    [
      'fail',
      {
        kind: 'crashed',
        message:
          'the command exited with code 3: ValueError: no such layer\nTraceback (most recent call last):\n  File "train.py", line 3',
      },
    ],
    ['memory', { kind: 'out-of-memory', message: expect.stringContaining('CUDA out of memory') as string }],
    ['pythonMemory', { kind: 'out-of-memory', message: 'MemoryError' }],
    ['disk', { kind: 'crashed', fault: { code: 'ERR_STORE' }, message: expect.stringContaining('No space') as string }],
    ['crash', { kind: 'crashed', fault: 'chance', message: expect.stringContaining('SIGSEGV') as string }],
  ])('a program that does %s fails as a trainer module would', async (behaviour, failure) => {
    expect((await run(behaviour)).outcome).toEqual({ status: 'failed', ...failure });
  });

  it('goes on from its checkpoint', async () => {
    const directory = join(folder, 'trials', 'resume');
    await run('resume', { decide: ({ epoch }) => (epoch === 2 ? 'pause' : 'continue') }, { directory });
    const { outcome, reports } = await run('resume', {}, { directory, reported: 2 });
    expect(outcome).toEqual(completed);
    expect(reports.map(({ epoch }) => epoch)).toEqual([3]);
  });

  it.skipIf(process.platform !== 'linux')('takes no more memory than it may', async () => {
    const limited = await open({ limit: 300 * 2 ** 20 });
    try {
      const { outcome } = await train(limited, assignment('fill'));
      expect(outcome).toMatchObject({ kind: 'out-of-memory', message: expect.stringContaining('0.29 GiB') as string });
      expect((await train(limited, assignment('descriptor'))).outcome).toEqual(completed);
    } finally {
      await limited.close();
    }
  });
});

describe('a program that is not there', () => {
  it.each([
    [
      ['no-such-program'],
      "expected a program that can be run (trainer.command[0]), got none: 'no-such-program' in PATH",
    ],
    [
      ['./plain.txt'],
      `expected a program that can be run (trainer.command[0]), got none: ${join(folder, 'plain.txt')}`,
    ],
    [
      [process.execPath, 'gone.mjs'],
      `expected the script of trainer.command[1], got no such file: ${join(folder, 'gone.mjs')}`,
    ],
  ])('%j is refused before any trial', async (command, message) => {
    writeFileSync(join(folder, 'plain.txt'), '');
    const opening = PiscinaRunner.open({ trainer: commandTrainer({ command, grace: 1, folder }), slots: 1 });
    await expect(opening).rejects.toMatchObject({ code: 'ERR_TRAINER_COMMAND', message });
  });
});
