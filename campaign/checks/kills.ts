// Kills a study at random moments and runs it again: it must record what an undisturbed study does.
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnSync } from 'node:child_process';
import type { RandomStream } from '../../src/math/random.js';
import { layoutOf } from '../../src/store/run-layout.js';
import { type Check, Finding } from '../check.js';
import { type SpawnOptions, expectEnd, spawnHpo } from '../support/hpo.js';
import { byTrial, eventsOf, expectSame, referenceOf } from '../support/record.js';
import { drawParallelVariant, drawVariant, writeStudy } from '../support/studies.js';

/** The kills of one case. */
const MOST = 6;

const canChooseCores = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

export const kills: Check = {
  name: 'kills',
  description: 'kill -9, SIGTERM and SIGINT at random moments, then the same command, also on another number of cores',
  async run(context) {
    const { random, folder, step } = context;
    const isParallel = random.next() < 0.25;
    const variant = isParallel ? drawParallelVariant(random) : drawVariant(random);
    const reference = await referenceOf(variant, context);
    const file = writeStudy(join(folder, 'killed'), variant.study);
    const layout = layoutOf(file);
    const size = (): number => (existsSync(layout.journal) ? statSync(layout.journal).size : 0);
    // Half of the cases fill a cache of their own.
    const env = random.next() < 0.5 ? {} : { HPO_CACHE: join(folder, 'cache') };
    const planned = 1 + random.integer(MOST);
    let count = 0;
    for (; count < planned; count++) {
      const target = size() + 1 + random.integer(Math.ceil((1.2 * reference.journalBytes) / planned));
      const signal = random.pick(['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const);
      step(`run ${count + 1} of ${variant.name}, ${signal} at ${target} bytes of journal`);
      const { child, finished } = spawnHpo(['run', file, '--plain'], withCores(random, env));
      const exited = once(child, 'exit');
      // With a rest: it would take a core from the study, and soon the processor time that a step may take.
      while (child.exitCode === null && child.signalCode === null && size() < target) await delay(1);
      child.kill(signal);
      await exited;
      const end = await finished;
      if (end.signal === 'SIGKILL' || end.signal === 'SIGTERM' || end.signal === 'SIGINT') continue;
      // It ended by itself: asked to, or before the signal.
      expectEnd(end, [0, 130], `run ${count + 1} of ${variant.name} with ${signal}`);
      if (end.code === 0) break;
    }
    step(`the last run of ${variant.name}`);
    expectEnd(
      await spawnHpo(['run', file, '--plain'], withCores(random, env)).finished,
      [0],
      `the last run after ${count} kills`,
    );
    const order = isParallel ? byTrial : (events: readonly string[]) => events;
    expectSame(order(await eventsOf(layout)), order(reference.events), `${variant.name} after ${count} kills`);
    const [left, expected] = [layout, reference.layout].map(({ trials }) => list(trials));
    if (left !== expected) throw new Finding(`expected the folders ${expected} of trials, got ${left}`);
    if (existsSync(layout.lock)) throw new Finding('the lock was left behind');
    return { counts: { kills: count }, note: `${count} kills of ${variant.name}` };
  },
};

function withCores(random: RandomStream, env: NodeJS.ProcessEnv): SpawnOptions {
  const by = canChooseCores && random.next() < 0.5 ? ['taskset', '-c', '0'] : [];
  return { env, by };
}

function list(folder: string): string {
  return existsSync(folder) ? readdirSync(folder).join(' ') : '';
}
