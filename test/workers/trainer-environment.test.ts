// What a trainer module sees of the environment: all of it but what opens the queue.
import { afterEach, expect, it, vi } from 'vitest';
import { PiscinaRunner } from '../../src/workers/piscina-runner.js';
import { assignment, train } from './runner-contract.js';

afterEach(() => void vi.unstubAllEnvs());

it.each(['thread', 'process'] as const)(
  'a trainer in a %s sees neither address nor password of a queue',
  async (kind) => {
    vi.stubEnv('HPO_QUEUE', 'redis://u:secret@host');
    vi.stubEnv('HPO_QUEUE_PASSWORD', 'secret');
    vi.stubEnv('HPO_TEST_SEEN', 'yes');
    const log: string[] = [];
    const module = new URL('./trainers/queue-variables.mjs', import.meta.url).href;
    const slot = { kind, env: {}, memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0 } };
    const runner = await PiscinaRunner.open({ trainer: { module }, slots: [slot], onLog: (_, line) => log.push(line) });
    try {
      expect((await train(runner, assignment(''))).outcome).toEqual({ status: 'completed' });
    } finally {
      await runner.close();
    }
    expect(log).toEqual(['sees HPO_TEST_SEEN']);
  },
);
