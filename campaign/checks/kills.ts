// Kills a study at random moments, or ends it by a time limit, and runs it again: it must record what an undisturbed study does.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findTorch } from '../../src/engines/torch/find-python.js';
import type { RandomStream } from '../../src/math/random.js';
import { must } from '../../src/system/must.js';
import type { CaseContext, CaseResult, Check } from '../check.js';
import { type EndOfOne, type SpawnOptions, expectEnd, spawnHpo, spawnRuns } from '../support/hpo.js';
import { referenceOf, referencesOf } from '../support/record.js';
import {
  type Variant,
  drawDependentVariant,
  drawParallelVariant,
  drawTorchVariant,
  drawVariant,
} from '../support/studies.js';
import { type Comparison, NO_LIMIT, Victim } from '../support/victim.js';

/** The kills of one case. */
const MOST = 6;
/** Most cases kill several studies in one process: most of what a small study costs is the start of its process. */
const BATCHED = 0.7;
const TOGETHER = 8;
const [FEWEST_ROUNDS, MOST_ROUNDS] = [6, 14];
/** The same for cases of seconds. */
const SMALL = { most: 2, together: 2, fewestRounds: 2, mostRounds: 3 };
/** Limits to the time of a run: a few seconds of which a small study needs one or two to start, and more where the machine is busy. */
const TIMES = ['1.5s', '2s', '3s', '5s', '12s'];
const LIMITED = 0.3;

const canChooseCores = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

export const kills: Check = {
  name: 'kills',
  description:
    'kill -9, SIGTERM, SIGINT and time limits at random moments, then the same command, also on another number of cores',
  run: (context) =>
    context.random.next() < BATCHED ? killedTogether(context) : killedAlone(context, ...drawAlone(context.random)),
};

export const torchKills: Check = {
  name: 'torchKills',
  description: 'kill -9, SIGTERM and SIGINT while a process of PyTorch takes the steps, then the same command',
  skip: () => (findTorch() === undefined ? 'no Python here has PyTorch' : undefined),
  // PyTorch takes seconds to start: so the most kills for an undisturbed run, and no limit to the time.
  run: (context) =>
    killedAlone(context, 'same', drawTorchVariant(context.random), {
      planned: context.small ? SMALL.most : MOST,
      limited: 0,
    }),
};

async function killedAlone(
  context: CaseContext,
  comparison: Comparison,
  variant: Variant,
  { planned = 1 + context.random.integer(context.small ? SMALL.most : MOST), limited = LIMITED } = {},
): Promise<CaseResult> {
  const { random, folder, step } = context;
  const reference = await referenceOf(variant, context);
  const time = random.next() < limited ? random.pick(TIMES) : undefined;
  const victim = new Victim(variant, reference, comparison, join(folder, 'killed'), time);
  // Half of the cases fill a cache of their own.
  const env = random.next() < 0.5 ? {} : { HPO_CACHE: join(folder, 'cache') };
  const counts = { kills: 0, 'ends by time': 0 };
  for (let run = 1; run <= planned; run++) {
    const target = victim.bytes + 1 + random.integer(Math.ceil((1.2 * victim.wholeBytes) / planned));
    const signal = random.pick(['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const);
    const what = `run ${run} of ${victim.name}${time === undefined ? '' : ` with ${time}`}`;
    step(`${what}, ${signal} at ${target} bytes of journal`);
    const limit = time === undefined && random.next() < limited ? ['--time', random.pick(TIMES)] : [];
    const { child, finished } = spawnHpo(['run', victim.file, '--plain', ...limit], withCores(random, env));
    await killAt(child, signal, () => victim.bytes >= target);
    const end = await finished;
    if (end.signal === 'SIGKILL' || end.signal === 'SIGTERM' || end.signal === 'SIGINT') counts.kills++;
    else if (isOutOfTime(end.err)) {
      counts['ends by time']++;
      expectEnd(end, [0, 1], `${what} whose time was up`);
      await victim.expectStopped(`${what} whose time was up`, context);
    } else {
      // It ended by itself: asked to, or before the signal.
      expectEnd(end, [0, 130], `${what} with ${signal}`);
      if (end.code === 0) break;
      counts.kills++;
    }
  }
  const disturbed = `${victim.name} after ${said(counts)}`;
  step(`the last run of ${disturbed}`);
  const last = spawnHpo(['run', victim.file, '--plain', ...NO_LIMIT], withCores(random, env));
  expectEnd(await last.finished, [0], `the last run of ${disturbed}`);
  await victim.expectEnded(disturbed, context);
  return { counts, note: `${said(counts)} of ${victim.name}` };
}

function drawAlone(random: RandomStream): [Comparison, Variant] {
  const chance = random.next();
  if (chance < 0.2) return ['byTrial', drawParallelVariant(random)];
  return chance < 0.5 ? ['sound', drawDependentVariant(random)] : ['same', drawVariant(random)];
}

/** Studies that run side by side in one process, which is killed again and again. Each kill hits every study that has not ended. */
async function killedTogether(context: CaseContext): Promise<CaseResult> {
  const { random, folder, step, small } = context;
  const variants = Array.from({ length: small ? SMALL.together : TOGETHER }, () => drawVariant(random));
  const references = await referencesOf(variants, context);
  const victims = variants.map((variant, i) => {
    const time = random.next() < LIMITED / 2 ? random.pick(TIMES) : undefined;
    return new Victim(variant, must(references[i], 'a reference'), 'same', join(folder, `killed-${i}`), time);
  });
  const size = (): number => victims.reduce((sum, { bytes }) => sum + bytes, 0);
  const whole = victims.reduce((sum, { wholeBytes }) => sum + wholeBytes, 0);
  const env = random.next() < 0.5 ? {} : { HPO_CACHE: join(folder, 'cache') };
  const { fewestRounds, mostRounds } = small ? SMALL : { fewestRounds: FEWEST_ROUNDS, mostRounds: MOST_ROUNDS };
  const planned = fewestRounds + random.integer(mostRounds - fewestRounds + 1);
  const names = variants.map(({ name }) => name).join(', ');
  const counts = { kills: 0, 'ends by time': 0 };
  let open = victims;
  for (let round = 0; round < planned && open.length > 0; round++) {
    const target = size() + 1 + random.integer(Math.ceil((1.2 * whole) / planned));
    step(`run ${round + 1} of ${names}, SIGKILL at ${target} bytes of journals`);
    const options = random.next() < LIMITED ? ['--time', random.pick(TIMES)] : [];
    const running = spawnRuns(filesOf(open), { ...withCores(random, env), options });
    await killAt(running.child, 'SIGKILL', () => size() >= target);
    await running.finished;
    const stopped = await lookAtEnds(running.ended, open, context);
    counts['ends by time'] += stopped.length;
    const done = new Set(running.ended.map(({ number }) => open[number]).filter((one) => !stopped.includes(one)));
    const killed = open.filter((one) => !done.has(one) && !stopped.includes(one));
    counts.kills += killed.filter(({ layout }) => existsSync(layout.journal)).length;
    open = open.filter((one) => !done.has(one));
  }
  step(`the last run of ${names}`);
  const { ended, finished } = spawnRuns(filesOf(victims), { ...withCores(random, env), options: NO_LIMIT });
  expectEnd(await finished, [0], `the last run of ${names}`);
  for (const end of ended) expectEnd(asFinished(end), [0], `${variants[end.number]?.name}, run again`);
  for (const victim of victims) await victim.expectEnded(`${victim.name} after ${said(counts)} of ${names}`, context);
  return { counts, note: `${said(counts)} of ${names}` };
}

/** Those that a time limit has stopped. Others that have ended must have done so well. */
async function lookAtEnds(
  ended: readonly EndOfOne[],
  open: readonly Victim[],
  context: CaseContext,
): Promise<(Victim | undefined)[]> {
  const stopped: Victim[] = [];
  for (const end of ended) {
    const victim = must(open[end.number], 'a study');
    const isStopped = isOutOfTime(end.out);
    expectEnd(asFinished(end), isStopped ? [0, 1] : [0], victim.name);
    if (!isStopped) continue;
    stopped.push(victim);
    await victim.expectStopped(`${victim.name} whose time was up`, context);
  }
  return stopped;
}

async function killAt(child: ChildProcess, signal: NodeJS.Signals, isTime: () => boolean): Promise<void> {
  const exited = once(child, 'exit');
  // With a rest: it would take a core from the study, and soon the processor time that a step may take.
  while (child.exitCode === null && child.signalCode === null && !isTime()) await delay(1);
  child.kill(signal);
  await exited;
}

function isOutOfTime(printed: string): boolean {
  return printed.includes('the time is up: ');
}

function asFinished(end: EndOfOne): Parameters<typeof expectEnd>[0] {
  return { ...end, signal: null, err: '' };
}

function filesOf(victims: readonly Victim[]): string[] {
  return victims.map(({ file }) => file);
}

function said(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([name, count]) => count > 0 || name === 'kills')
    .map(([name, count]) => `${count} ${name}`)
    .join(' and ');
}

function withCores(random: RandomStream, env: NodeJS.ProcessEnv): SpawnOptions {
  const by = canChooseCores && random.next() < 0.5 ? ['taskset', '-c', '0'] : [];
  return { env, by };
}
