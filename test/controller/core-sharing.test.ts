// Core sharing: trials that run use the cores of idle slots.
import { expect, it } from 'vitest';
import type { Train } from '../../src/study/train.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { play } from './scene.js';

/** Remembers what it was told, and when: how many trials had ended by then. */
class SharingRunner extends InProcessRunner {
  readonly shares: (readonly [share: number, ended: number])[] = [];
  ended = 0;

  shareCores(share: number): void {
    this.shares.push([share, this.ended]);
  }
}

/** Trial n takes n epochs, so that they end one after the other. */
const staggered = (runner: () => SharingRunner): Train =>
  async function* ({ trial }) {
    for (let epoch = 1; epoch <= trial + 1; epoch++) {
      yield { epoch, metrics: { f1: epoch } };
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
    runner().ended++;
  };

it('the fewer trials are left, the more cores each may use', async () => {
  const runner: SharingRunner = new SharingRunner({ train: staggered(() => runner), slots: 3 });
  await play({ runner, trials: 5 });
  // Two slots are left when the third trial has ended, one when the fourth has.
  expect(runner.shares).toEqual([
    [1.5, 3],
    [3, 4],
  ]);
});

it('is told at the start where there are fewer trials than slots, and never with one slot', async () => {
  const runner: SharingRunner = new SharingRunner({ train: staggered(() => runner), slots: 2 });
  await play({ runner, trials: 1 });
  expect(runner.shares).toEqual([[2, 0]]);
  const alone: SharingRunner = new SharingRunner({ train: staggered(() => alone), slots: 1 });
  await play({ runner: alone, trials: 3 });
  expect(alone.shares).toEqual([]);
});
