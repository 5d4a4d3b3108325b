// Kills controller, workers and the server of a queue at random moments, stops workers for a while, or has them train trials that go wrong in every way.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RandomStream } from '../../src/math/random.js';
import { play } from '../../test/controller/scene.js';
import { leftIn } from '../../test/cluster/support/left-in.js';
import { Processes, type Started, type Told, trialsOf } from '../../test/cluster/support/processes.js';
import { SERVERS, type TestServer } from '../../test/cluster/support/servers.js';
import { type CaseContext, type CaseResult, type Check, Finding } from '../check.js';

const WORKERS = 3;
const TRIALS = 60;
const KILLS = 10;
/** Milliseconds that a study may take between two things that happen. */
const PATIENCE = 120_000;

/** Milliseconds of an epoch; and where a worker is stopped for a minute, so that the study lasts longer than that. */
const EPOCH = { usual: 250, long: 2500 };
const MINUTE = 60_000;

export const cluster: Check = {
  name: 'cluster',
  description:
    'kill -9 of controller, workers and Redis or PostgreSQL, and SIGSTOP, at random moments of a study over a queue',
  memory: 2 ** 31,
  skip: () => (SERVERS.every(({ missing }) => missing !== undefined) ? SERVERS[0]?.missing : undefined),
  async run(context) {
    const kind = context.random.pick(SERVERS.filter(({ missing }) => missing === undefined));
    context.step(`starting ${kind.name}`);
    const server = await kind.open();
    const isLong = context.random.integer(4) === 0;
    const processes = new Processes({ HPO_TEST_PAUSE: String(isLong ? EPOCH.long : EPOCH.usual) });
    try {
      return await killed(context, { name: kind.name, isLong, server, processes });
    } finally {
      await processes.endAll();
      await server.remove();
    }
  },
};

interface Scene {
  readonly name: string;
  /** Whether a worker is stopped for a minute meanwhile. */
  readonly isLong: boolean;
  readonly server: TestServer;
  readonly processes: Processes;
}

async function killed(
  { random, folder, step }: CaseContext,
  { name, isLong, server, processes }: Scene,
): Promise<CaseResult> {
  const study = `s-${randomUUID().slice(0, 8)}`;
  const run = join(folder, 'run');
  const control = (): Started => processes.controller(run, server.url, study, TRIALS);
  const work = (host: string): Started => processes.worker(server.url, study, 2, host);
  let controller = control();
  const started: Started[] = [];
  const all = (worker: Started): Started => {
    started.push(worker);
    return worker;
  };
  const workers = Array.from({ length: WORKERS }, (_, i) => all(work(`host ${i}`)));
  for (let i = 0; i < WORKERS; i++) await controller.saw(`host ${i}`);
  const counts = { worker: 0, controller: 0, server: 0, stopped: 0, minutes: 0 };
  const [sleeper] = isLong ? workers.splice(0, 1) : [];
  const slept = sleeper === undefined ? undefined : sleep(sleeper);
  for (let kill = 0; kill < KILLS; kill++) {
    const ended = await endedIn(run);
    if (ended > TRIALS - 6) break;
    step(`kill ${kill + 1} of ${KILLS} on ${name}`);
    await until(async () => (await endedIn(run)) >= ended + 1 + random.integer(2), `a trial to end after ${ended}`);
    await delay(random.integer(120));
    const victim = random.pick(['worker', 'worker', 'controller', 'server', 'stopped'] as const);
    counts[victim]++;
    if (victim === 'controller') {
      controller.child.kill('SIGKILL');
      await controller.ended;
      controller = control();
    } else if (victim === 'server') {
      await server.stop('SIGKILL');
      await delay(random.integer(2000));
      await server.start();
    } else {
      const host = `later ${kill}`;
      const known = async (): Promise<boolean> => {
        await until(
          () => Promise.resolve(controller.said().includes(host) || !controller.isAlive()),
          `${host} to join`,
        );
        return controller.said().includes(host);
      };
      await breakWorker(workers, victim, random, { replace: () => all(work(host)), known });
    }
  }
  if (slept !== undefined) {
    step(`a worker that was stopped for a minute on ${name}`);
    await slept;
    counts.minutes++;
    const before = controller.said().length;
    const isUsed = (): boolean => controller.said().slice(before).includes('on host 0') || !controller.isAlive();
    await until(() => Promise.resolve(isUsed()), 'trials for the worker that was stopped');
  }
  step(`the end on ${name}`);
  await until(
    () => Promise.resolve(controller.said().includes('finished') || !controller.isAlive()),
    'the study to end',
  );
  await controller.ended;
  compare(await trialsOf(run), await undisturbed(), controller.said());
  // Also those that came after the end, or slept through it: they find nobody, and take what they asked with them.
  step(`the workers leave on ${name}`);
  await until(() => Promise.resolve(started.every(({ isAlive }) => !isAlive())), 'all workers to leave');
  const left = await leftIn(server.url, study);
  if (left.length > 0) throw new Finding(`expected nothing in the queue, found ${left.join(', ')}`);
  const { stopped, minutes } = counts;
  const total = counts.worker + counts.controller + counts.server;
  const note = `${total} kills, ${stopped} stops and ${minutes} of a minute on ${name}`;
  return { counts: { ...counts, kills: total, [`kills on ${name}`]: total }, note };
}

async function sleep({ child }: Started): Promise<void> {
  child.kill('SIGSTOP');
  await delay(MINUTE);
  child.kill('SIGCONT');
}

interface Replacement {
  readonly replace: () => Started;
  /** Whether the controller lived to see it. */
  readonly known: () => Promise<boolean>;
}

/** Kills a worker once another one has taken its place, or stops it for longer than its trials are kept for it. */
async function breakWorker(
  workers: Started[],
  how: 'worker' | 'stopped',
  random: RandomStream,
  { replace, known }: Replacement,
): Promise<void> {
  const place = random.integer(workers.length);
  const dying = workers[place];
  if (dying === undefined) return;
  if (how === 'worker') {
    const next = replace();
    if (!(await known())) return;
    dying.child.kill('SIGKILL');
    workers[place] = next;
    return;
  }
  dying.child.kill('SIGSTOP');
  await delay(1000 + random.integer(5000));
  dying.child.kill('SIGCONT');
}

async function endedIn(run: string): Promise<number> {
  return (await trialsOf(run)).filter(({ outcomes }) => outcomes.length > 0).length;
}

/** What a random search asks for when nothing disturbs it. */
async function undisturbed(): Promise<readonly unknown[]> {
  const { study } = await play({ seed: 3, trials: TRIALS });
  return study.history.trials.map(({ parameters }) => parameters['x']);
}

/** Every trial is that of an undisturbed search, has its five epochs once, and is told once: so the winner is the same. */
function compare(trials: readonly Told[], xs: readonly unknown[], said: string): void {
  if (trials.length !== TRIALS) throw new Finding(`expected ${TRIALS} trials, got ${trials.length}: ${said}`);
  for (const { trial, x, scores, outcomes } of trials) {
    if (x !== xs[trial]) throw new Finding(`expected ${String(xs[trial])} in trial ${trial}, got ${String(x)}`);
    const expected = [1, 2, 3, 4, 5].map((epoch) => Number(x) - 1 / epoch);
    if (outcomes.join() !== 'completed') throw new Finding(`expected trial ${trial} told once, got ${outcomes.join()}`);
    if (scores.join() !== expected.join())
      throw new Finding(`expected ${expected.join()} of trial ${trial}, got ${scores.join()}`);
  }
}

async function until(check: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await check())) {
    if (performance.now() > end) throw new Finding(`waited in vain for ${what}`);
    await delay(50);
  }
}
