// Trials on a worker whose controller does not understand all that is said of them.
import { expect, it } from 'vitest';
import { RoundTrips } from '../../src/cluster/round-trips.js';
import { TakenTrials } from '../../src/cluster/taken-trials.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { type Asked, fakeLink } from './support/fake-link.js';

it('says that a trial has failed where the controller cannot read how it ended', async () => {
  const asked: Asked[] = [];
  const answer = (question: Asked): object => {
    asked.push(question);
    return asked.length === 1 ? { type: 'refused', reason: 'at outcome.message' } : { type: 'noted' };
  };
  const taken = new TakenTrials({
    ...{ trips: new RoundTrips(fakeLink({ answer }), 'reports'), worker: 'w', attempt: { offer: 'a', start: 1 } },
    trials: [{ trial: 0, parameters: {}, seed: 1, folder: '0', reported: 0, digest: 'd' }],
    slot: 0,
    runner: new InProcessRunner({
      slots: 1,
      // eslint-disable-next-line require-yield -- it ends at once
      train: async function* () {
        await Promise.resolve();
      },
    }),
    folderOf: (folder) => `/${folder}`,
    said: () => ({ lines: [], warnings: [] }),
    onOver: () => {},
  });
  await taken.train();
  const message = 'the controller could not read what was said of it: at outcome.message';
  expect(asked).toMatchObject([
    { type: 'ended', outcome: { status: 'completed' } },
    { type: 'ended', trial: 0, outcome: { status: 'failed', kind: 'crashed', message } },
  ]);
});
