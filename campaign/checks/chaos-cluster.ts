// Trainers that break in every way, on workers of a queue: every trial ends once and as it should, and nothing is left in the queue.
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { studyIdIn } from '../../src/app/queue/study-id.js';
import { readJournal } from '../../src/store/journal-reader.js';
import { layoutOf } from '../../src/store/run-layout.js';
import { leftIn } from '../../test/cluster/support/left-in.js';
import { SERVERS } from '../../test/cluster/support/servers.js';
import { type Check, Finding } from '../check.js';
import { type Finished, expectEnd, spawnHpo } from '../support/hpo.js';
import { endsOf, expectGone, writeChaos } from './chaos.js';

const [WORKERS, SLOTS] = [3, 2];
const TRIALS = 300;
const SMALL_TRIALS = 24;
/** Seconds of the whole study. */
const LIMIT = 3600;
/** Milliseconds without a trial that ends: longer than everything that hpo waits for by itself. */
const PATIENCE = 240_000;

export const chaosCluster: Check = {
  name: 'chaosCluster',
  description: 'trainers that break in every way that a program can, in three workers on Redis or PostgreSQL',
  memory: 2 ** 31,
  skip: () => (SERVERS.every(({ missing }) => missing !== undefined) ? SERVERS[0]?.missing : undefined),
  async run({ random, folder, step, small }) {
    const kind = random.pick(SERVERS.filter(({ missing }) => missing === undefined));
    const planned = small ? SMALL_TRIALS : TRIALS;
    const { file, pids } = writeChaos(folder, { trials: planned, workers: 1, seed: random.nextUint32() });
    step(`starting ${kind.name}`);
    const server = await kind.open();
    const more = { limit: LIMIT };
    const controller = spawnHpo(['run', file, '--plain', '--queue', server.url], more);
    const args = ['worker', server.url, '--slots', String(SLOTS), '--trainer', file, '--once'];
    const workers = Array.from({ length: WORKERS }, () => spawnHpo(args, more));
    try {
      await untilAllEnded(file, controller.finished, {
        planned,
        step: (ended) => step(`${ended} trials on ${kind.name}`),
      });
      expectEnd(await controller.finished, [0, 1], 'the study');
      step(`the workers leave on ${kind.name}`);
      for (const { finished } of workers) expectEnd(await finished, [0], 'a worker');
      const counts = await endsOf(file, planned);
      const left = await leftIn(server.url, studyIdIn(layoutOf(file).root, false));
      if (left.length > 0) throw new Finding(`expected nothing in the queue, found ${left.join(', ')}`);
      await expectGone(pids);
      return { counts, note: `${planned} trials of ${WORKERS} workers on ${kind.name}` };
    } finally {
      for (const { child } of [controller, ...workers]) child.kill('SIGKILL');
      await server.remove();
    }
  },
};

interface Progress {
  readonly planned: number;
  readonly step: (ended: number) => void;
}

/** @throws Finding where no trial ends for long. */
async function untilAllEnded(file: string, end: Promise<Finished>, { planned, step }: Progress): Promise<void> {
  const over = { isSo: false };
  void end.then(
    () => (over.isSo = true),
    () => (over.isSo = true),
  );
  let [ended, since] = [0, performance.now()];
  while (!over.isSo) {
    await delay(1000);
    const now = await endedIn(layoutOf(file).journal);
    if (now > ended) {
      [ended, since] = [now, performance.now()];
      step(ended);
    }
    if (performance.now() - since > PATIENCE) throw new Finding(`no trial ended after ${ended} of ${planned}`);
  }
}

async function endedIn(journal: string): Promise<number> {
  if (!existsSync(journal)) return 0;
  return (await readJournal(journal)).filter(({ type }) => type === 'told').length;
}
