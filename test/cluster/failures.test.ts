// Workers, controller and server that die, stop and come back: no trial is lost, none is told twice, and nothing is left in the queue.
// The campaign's check `cluster` does the same at random moments.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { play } from '../controller/scene.js';
import { leftIn } from './support/left-in.js';
import { Processes, type Started, trialsOf, untilTold } from './support/processes.js';
import { SERVERS, type TestServer } from './support/servers.js';

const TRIALS = 12;
const PATIENCE = 150_000;

/** What an undisturbed random search of one slot on this machine records. */
async function undisturbed(): Promise<unknown> {
  const { study } = await play({
    seed: 3,
    trials: TRIALS,
    train: async function* ({ parameters }) {
      for (let epoch = 1; epoch <= 5; epoch++) {
        await Promise.resolve();
        yield { epoch, metrics: { f1: Number(parameters['x']) - 1 / epoch } };
      }
    },
  });
  return study.history.trials.map(({ number, parameters, reports }) => ({
    trial: number,
    x: parameters['x'],
    scores: reports.map(({ metrics }) => metrics['f1']),
    outcomes: ['completed'],
  }));
}

for (const kind of SERVERS) {
  describe.skipIf(kind.missing !== undefined)(
    `on ${kind.name}${kind.missing === undefined ? '' : `: ${kind.missing}`}`,
    () => {
      let server: TestServer;
      let folder: string;
      let study: string;
      let held: string;
      let processes: Processes;
      beforeEach(async () => {
        server = await kind.open();
        folder = mkdtempSync(join(tmpdir(), 'hpo-failures-'));
        study = `s-${randomUUID().slice(0, 8)}`;
        held = join(folder, 'held');
        processes = new Processes({ HPO_TEST_PAUSE: '60', HPO_TEST_HOLD: held });
      });
      afterEach(async () => {
        await processes.endAll();
        await server.remove();
        rmSync(folder, { recursive: true, force: true });
      });

      const run = (): Started => processes.controller(join(folder, 'run'), server.url, study, TRIALS);
      const work = (host: string, slots = 2): Started => processes.worker(server.url, study, slots, host);
      /** Trials from this number on wait in their third epoch until they are released: no study is over before what is tested has happened. */
      const hold = (from: number): void => writeFileSync(held, String(from));
      const release = (): void => rmSync(held);
      /** @param workers that serve until the study is over: they may be the last to clear away. */
      const finish = async (controller: Started, ...workers: readonly Started[]): Promise<void> => {
        await controller.saw('finished');
        await controller.ended;
        await Promise.all(workers.map((worker) => worker.saw('over')));
        expect(await trialsOf(join(folder, 'run'))).toEqual(await undisturbed());
        expect(await leftIn(server.url, study)).toEqual([]);
      };

      it('trials of a killed worker go on elsewhere', { timeout: PATIENCE }, async () => {
        hold(2);
        const controller = run();
        const first = work('first');
        await controller.saw('on first');
        const second = work('second');
        await untilTold(join(folder, 'run'), 2);
        first.child.kill('SIGKILL');
        await controller.saw('on second');
        release();
        await finish(controller, second);
      });

      it(
        'a worker that was stopped and comes back abandons what was taken from it',
        { timeout: PATIENCE },
        async () => {
          hold(0);
          const controller = run();
          const first = work('first');
          const second = work('second');
          await controller.saw('on first');
          await controller.saw('on second');
          first.child.kill('SIGSTOP');
          release();
          await untilTold(join(folder, 'run'), TRIALS - 1);
          first.child.kill('SIGCONT');
          await finish(controller, first, second);
        },
      );

      it('a worker that was stopped until its study was over learns that it is', { timeout: PATIENCE }, async () => {
        hold(0);
        const controller = run();
        const first = processes.worker(server.url, study, 2, 'first', { HPO_TEST_SILENCE: '3000' });
        const second = work('second');
        await controller.saw('on first');
        await controller.saw('on second');
        first.child.kill('SIGSTOP');
        release();
        await finish(controller, second);
        first.child.kill('SIGCONT');
        await first.saw('over');
        expect(await leftIn(server.url, study)).toEqual([]);
      });

      it('a worker that is asked to leave gives its trials back', { timeout: PATIENCE }, async () => {
        hold(0);
        const controller = run();
        const first = work('first');
        await controller.saw('on first');
        first.child.kill('SIGTERM');
        await first.saw('left');
        expect(await trialsOf(join(folder, 'run'))).not.toEqual(await undisturbed());
        release();
        await finish(controller, work('second'));
      });

      it('a controller that is killed and run again takes its workers over', { timeout: PATIENCE }, async () => {
        hold(3);
        const controller = run();
        const worker = work('first');
        await untilTold(join(folder, 'run'), 3);
        controller.child.kill('SIGKILL');
        await controller.ended;
        release();
        const again = run();
        await finish(again, worker);
      });

      it('all wait for a server that is away, and go on', { timeout: PATIENCE }, async () => {
        hold(2);
        const controller = run();
        const worker = work('first');
        await untilTold(join(folder, 'run'), 2);
        await server.stop('SIGKILL');
        release();
        await server.start();
        await finish(controller, worker);
      });
    },
  );
}
