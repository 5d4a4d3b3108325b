// What trainers print need be no text: NUL and cut characters come to the controller as U+FFFD, and hold no trial up.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/study/trial.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { openController, openWorker, studyForWorkers } from './support/scene.js';
import { SERVERS, type TestServer } from './support/servers.js';

const BROKEN = `a\0b ${'🙂'.slice(1)}`;
const SHOWN = 'a\uFFFDb \uFFFD';

for (const kind of SERVERS) {
  describe.skipIf(kind.missing !== undefined)(
    `on ${kind.name}${kind.missing === undefined ? '' : `: ${kind.missing}`}`,
    () => {
      let server: TestServer;
      beforeAll(async () => {
        server = await kind.open();
      });
      afterAll(() => server.remove());

      it('a trial that prints and fails with such text is told', { timeout: 60_000 }, async () => {
        const study = studyForWorkers();
        const lines: string[] = [];
        const controller = await openController(server.url, { study, onLog: (_, line) => lines.push(line) });
        const worker = await openWorker(server.url, study.id, (onLog) =>
          Promise.resolve(
            new InProcessRunner({
              slots: 1,
              train: async function* () {
                onLog(0, BROKEN);
                await Promise.resolve();
                yield { epoch: 1, metrics: { f1: 1 } };
                throw new Error(BROKEN);
              },
            }),
          ),
        );
        await controller.waitForWorker();
        const outcomes: (Outcome | undefined)[] = [];
        const run = {
          assignment: { trial: 0, parameters: {}, seed: 1, reported: 0, directory: '/trials/0' },
          signal: new AbortController().signal,
          onReport: () => 'continue' as const,
          onEnd: (outcome: Outcome | undefined) => outcomes.push(outcome),
        };
        await controller.run([run], 0, new AbortController().signal);
        expect(lines).toEqual([SHOWN]);
        expect(outcomes).toMatchObject([{ status: 'failed', message: expect.stringContaining(SHOWN) as string }]);
        await Promise.all([controller.close(), worker.ended]);
        await worker.close();
      });
    },
  );
}
