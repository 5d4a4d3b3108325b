// What an idle slot makes ahead: until nothing is left, or the slot is needed, and never at the cost of a trial.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Assignment } from '../../../src/study/trial-runner.js';
import { PiscinaRunner, type SlotSetup } from '../../../src/workers/piscina-runner.js';
import { BEHAVIOURS, assignment, train } from '../runner-contract.js';

const PREPARING = new URL('../trainers/preparing.mjs', import.meta.url).href;
const apart: SlotSetup = { kind: 'process', env: {}, memory: { share: Number.MAX_SAFE_INTEGER, reserve: 0 } };
const never = new AbortController().signal;

let runner: PiscinaRunner | undefined;
const log: string[] = [];
afterEach(async () => {
  await runner?.close();
  log.length = 0;
});

const wanted = (parameters: Assignment['parameters']): Assignment[] => [{ ...assignment(''), parameters }];

describe.each<[string, number | readonly SlotSetup[]]>([
  ['a thread', 1],
  ['a child process', [apart]],
])('in %s', (_, slots) => {
  const open = async (module = PREPARING): Promise<PiscinaRunner> =>
    (runner = await PiscinaRunner.open({ trainer: { module }, slots, onLog: (__, line) => log.push(line) }));

  it('everything is made and counted', async () => {
    const opened = await open();
    expect(await opened.prepare(wanted({ pieces: 3 }), 0, never)).toEqual({ needed: 0, computed: 48, seconds: 1.5 });
    expect(log).toEqual(['put away']);
  });

  it('it ends after the piece at hand when the slot is needed, and the slot trains', async () => {
    const opened = await open();
    const needed = new AbortController();
    const preparing = opened.prepare(wanted({ pieces: 100_000 }), 0, needed.signal);
    await delay(50);
    needed.abort();
    const { computed } = await preparing;
    expect(computed).toBeGreaterThan(0);
    expect(log).toEqual(['put away']);
    expect((await train(opened, assignment('plain'))).outcome).toEqual({ status: 'finished' });
    expect(await opened.prepare(wanted({ pieces: 2 }), 0, never)).toMatchObject({ computed: 32 });
  });

  it('a failure is logged and what was made before it counts', async () => {
    const opened = await open();
    expect(await opened.prepare(wanted({ pieces: 9, failAt: 2 }), 0, never)).toMatchObject({ computed: 32 });
    expect(log).toEqual(['put away', 'nothing more is made ahead: no more']);
    expect((await train(opened, assignment('plain'))).outcome).toEqual({ status: 'finished' });
  });

  it('a piece that says something else is a failure of its trainer, and of nobody else', async () => {
    const opened = await open();
    expect(await opened.prepare(wanted({ pieces: 9, oddAt: 1 }), 0, never)).toMatchObject({ computed: 16 });
    expect(log.at(-1)).toMatch(/^nothing more is made ahead: expected \{ needed, computed, seconds \} of prepare, got/);
  });

  it('an error that slips from it ends no trial that comes after', async () => {
    const opened = await open();
    for (let round = 0; round < 3; round++) {
      await opened.prepare(wanted({ pieces: 9, slipAt: 1 }), 0, never);
      expect((await train(opened, assignment('plain'))).outcome).toEqual({ status: 'finished' });
    }
    expect(log.some((line) => line.includes('ended while it made something ahead'))).toBe(true);
  });

  it('one that ends its thread or process takes no trial with it', async () => {
    const opened = await open();
    expect(await opened.prepare(wanted({ pieces: 9, exitAt: 1 }), 0, never)).toMatchObject({ computed: 0 });
    expect((await train(opened, assignment('plain'))).outcome).toEqual({ status: 'finished' });
  });

  it('a trainer that makes nothing ahead has nothing to do', async () => {
    const opened = await open(BEHAVIOURS);
    expect(await opened.prepare([assignment('plain')], 0, never)).toEqual({ needed: 0, computed: 0, seconds: 0 });
  });
});
