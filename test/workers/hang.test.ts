// A trial that is silent for too long ends as timed out, in a thread and in a child, and its slot works on.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';
import { BEHAVIOURS, assignment, train } from './runner-contract.js';

const memory = { share: Number.MAX_SAFE_INTEGER, reserve: 0 };
const TIMEOUT = 3;

describe.each(['thread', 'process'] as const)('a %s', (kind) => {
  const log: string[] = [];
  let runner: PiscinaRunner;
  beforeAll(async () => {
    const slots = [{ kind, env: {}, memory }];
    const onLog = (_: number, line: string): void => void log.push(line);
    runner = await PiscinaRunner.open({ trainer: { module: BEHAVIOURS }, slots, epochTimeout: TIMEOUT, onLog });
  });
  afterAll(() => runner.close());

  it.each(['hang', 'listen', 'spin', ...(kind === 'process' ? ['stubborn'] : [])])(
    'ends a trial that does %s',
    async (behaviour) => {
      log.length = 0;
      const { outcome, reports } = await train(runner, assignment(behaviour));
      expect(outcome).toEqual({
        status: 'failed',
        kind: 'timed-out',
        message: 'no report within 3 s (resources.epochTimeout)',
        fault: 'chance',
      });
      expect(reports).toHaveLength(1);
      // The trainer's signal fires first.
      expect(log.includes('given up')).toBe(behaviour === 'listen');
      expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'completed' });
    },
  );

  it('lets a verdict stand when the cleanup after it hangs', async () => {
    const { outcome } = await train(runner, assignment('hangingCleanup'), { decide: () => 'stop' });
    expect(outcome).toBeUndefined();
    expect((await train(runner, assignment('plain'))).outcome).toEqual({ status: 'completed' });
  });

  it('does not count the time that a verdict takes', async () => {
    const decide = async (): Promise<'continue'> => {
      await new Promise((resolve) => setTimeout(resolve, 1500 * TIMEOUT));
      return 'continue';
    };
    const { outcome } = await train(runner, assignment('plain', { parameters: { behaviour: 'plain', epochs: 1 } }), {
      decide,
    });
    expect(outcome).toEqual({ status: 'completed' });
  });

  it('takes progress for a sign of life', async () => {
    expect((await train(runner, assignment('slow'))).outcome).toEqual({ status: 'completed' });
  });
});
