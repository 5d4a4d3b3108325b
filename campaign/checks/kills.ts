// Kills a study at random moments and runs it again: it must record what an undisturbed study does.
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnSync } from 'node:child_process';
import type { RandomStream } from '../../src/math/random.js';
import { type RunLayout, layoutOf } from '../../src/store/run-layout.js';
import { must } from '../../src/system/must.js';
import { type CaseContext, type CaseResult, type Check, Finding } from '../check.js';
import { type SpawnOptions, expectEnd, spawnHpo, spawnRuns } from '../support/hpo.js';
import { type Reference, byTrial, eventsOf, expectSame, referenceOf, referencesOf } from '../support/record.js';
import { drawParallelVariant, drawVariant, writeStudy } from '../support/studies.js';

/** The kills of one case. */
const MOST = 6;
/** Most cases kill several studies in one process: most of what a small study costs is the start of its process. */
const BATCHED = 0.8;
const TOGETHER = 8;
const [FEWEST_ROUNDS, MOST_ROUNDS] = [6, 14];

const canChooseCores = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

export const kills: Check = {
  name: 'kills',
  description: 'kill -9, SIGTERM and SIGINT at random moments, then the same command, also on another number of cores',
  async run(context) {
    const { random, folder, step } = context;
    if (random.next() < BATCHED) return killedTogether(context);
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
    await expectAsUndisturbed(
      layout,
      reference,
      `${variant.name} after ${count} kills`,
      isParallel ? byTrial : asTheyCame,
    );
    return { counts: { kills: count }, note: `${count} kills of ${variant.name}` };
  },
};

/** Studies that run side by side in one process, which is killed again and again. Each kill hits every study that has not ended. */
async function killedTogether(context: CaseContext): Promise<CaseResult> {
  const { random, folder, step } = context;
  const variants = Array.from({ length: TOGETHER }, () => drawVariant(random));
  const references = await referencesOf(variants, context);
  const files = variants.map(({ study }, i) => writeStudy(join(folder, `killed-${i}`), study));
  const layouts = files.map((file) => layoutOf(file));
  const sizeOf = ({ journal }: RunLayout): number => (existsSync(journal) ? statSync(journal).size : 0);
  const size = (): number => layouts.reduce((sum, layout) => sum + sizeOf(layout), 0);
  const whole = references.reduce((sum, { journalBytes }) => sum + journalBytes, 0);
  const env = random.next() < 0.5 ? {} : { HPO_CACHE: join(folder, 'cache') };
  const planned = FEWEST_ROUNDS + random.integer(MOST_ROUNDS - FEWEST_ROUNDS);
  const names = variants.map(({ name }) => name).join(', ');
  let open = files;
  let count = 0;
  for (let round = 0; round < planned && open.length > 0; round++) {
    const target = size() + 1 + random.integer(Math.ceil((1.2 * whole) / planned));
    step(`run ${round + 1} of ${names}, SIGKILL at ${target} bytes of journals`);
    const { child, ended, finished } = spawnRuns(open, withCores(random, env));
    const exited = once(child, 'exit');
    while (child.exitCode === null && child.signalCode === null && size() < target) await delay(1);
    child.kill('SIGKILL');
    await exited;
    await finished;
    for (const end of ended) expectEnd({ ...end, signal: null, err: '' }, [0], `${open[end.number]} of ${names}`);
    const done = new Set(ended.map(({ number }) => open[number]));
    open = open.filter((file) => !done.has(file));
    count += open.filter((file) => existsSync(layoutOf(file).journal)).length;
  }
  step(`the last run of ${names}`);
  const { ended, finished } = spawnRuns(files, withCores(random, env));
  expectEnd(await finished, [0], `the last run of ${names}`);
  for (const end of ended)
    expectEnd({ ...end, signal: null, err: '' }, [0], `${variants[end.number]?.name}, run again`);
  for (const [i, { name }] of variants.entries()) {
    const [layout, reference] = [must(layouts[i], 'a layout'), must(references[i], 'a reference')];
    await expectAsUndisturbed(layout, reference, `${name} after kills of ${names}`);
  }
  return { counts: { kills: count }, note: `${count} kills of ${names}` };
}

async function expectAsUndisturbed(
  layout: RunLayout,
  reference: Reference,
  what: string,
  order = asTheyCame,
): Promise<void> {
  expectSame(order(await eventsOf(layout)), order(reference.events), what);
  const [left, expected] = [layout, reference.layout].map(({ trials }) => list(trials));
  if (left !== expected) throw new Finding(`expected the folders ${expected} of trials, got ${left}: ${what}`);
  if (existsSync(layout.lock)) throw new Finding(`the lock was left behind: ${what}`);
}

function asTheyCame(events: readonly string[]): readonly string[] {
  return events;
}

function withCores(random: RandomStream, env: NodeJS.ProcessEnv): SpawnOptions {
  const by = canChooseCores && random.next() < 0.5 ? ['taskset', '-c', '0'] : [];
  return { env, by };
}

function list(folder: string): string {
  return existsSync(folder) ? readdirSync(folder).join(' ') : '';
}
