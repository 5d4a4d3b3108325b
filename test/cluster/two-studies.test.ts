// Two studies on one server: each trains on its own workers, and the end of one leaves the other alone.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listWorkers } from '../../src/app/list-workers.js';
import type { TrialRun } from '../../src/study/trial-runner.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { leftIn } from './support/left-in.js';
import { openController, openWorker, studyForWorkers } from './support/scene.js';
import { SERVERS, type TestServer } from './support/servers.js';

for (const kind of SERVERS) {
  describe.skipIf(kind.missing !== undefined)(
    `on ${kind.name}${kind.missing === undefined ? '' : `: ${kind.missing}`}`,
    () => {
      let server: TestServer;
      beforeEach(async () => {
        server = await kind.open();
      });
      afterEach(() => server.remove());

      it('each has its own workers and trials', { timeout: 60_000 }, async () => {
        const studies = ['one', 'two'].map((name) => studyForWorkers({ name }));
        const [one, two] = await Promise.all(studies.map((study) => scene(server.url, study)));
        if (one === undefined || two === undefined) throw new Error('expected two studies');
        await Promise.all([one.controller.waitForWorker(), two.controller.waitForWorker()]);
        const listed = (await listWorkers(server.url)).studies.map(({ study, workers }) => [study, workers.length]);
        expect(listed.toSorted()).toEqual([
          ['one', 1],
          ['two', 1],
        ]);
        expect(await Promise.all([one.train(), two.train()])).toEqual(['one', 'two']);
        await one.close();
        expect(await leftIn(server.url, one.study.id)).toEqual([]);
        expect(await two.train()).toBe('two');
        await two.close();
        expect(await leftIn(server.url, two.study.id)).toEqual([]);
      });
    },
  );
}

interface Scene {
  readonly study: ReturnType<typeof studyForWorkers>;
  readonly controller: Awaited<ReturnType<typeof openController>>;
  /** Trains a trial; resolves with the name of the study whose worker it ran on. */
  readonly train: () => Promise<string>;
  readonly close: () => Promise<void>;
}

async function scene(url: string, study: Scene['study']): Promise<Scene> {
  const said: string[] = [];
  const controller = await openController(url, { study, onLog: (_, line) => said.push(line) });
  const worker = await openWorker(url, study.id, (onLog) =>
    Promise.resolve(
      new InProcessRunner({
        slots: 1,
        onLog,
        async *train(_, { log }) {
          await Promise.resolve();
          log(study.name);
          yield { epoch: 1, metrics: { score: 1 } };
        },
      }),
    ),
  );
  let trial = 0;
  const run = (): TrialRun => ({
    assignment: { trial: trial++, parameters: {}, seed: 1, reported: 0, directory: '/0' },
    signal: new AbortController().signal,
    onReport: () => 'continue',
    onEnd: () => {},
  });
  return {
    ...{ study, controller },
    train: async () => {
      said.length = 0;
      await controller.run([run()], 0, new AbortController().signal);
      return said.join();
    },
    close: async () => {
      await Promise.all([controller.close(), worker.ended]);
      await worker.close();
    },
  };
}
