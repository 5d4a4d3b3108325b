// What the journal says of where trials were: nothing as long as all is one kind of machine.
import { expect, it } from 'vitest';
import type { TrialEvent } from '../../src/study/events.js';
import type { MachineKind } from '../../src/study/machine-kind.js';
import type { TrialRun, TrialRunner } from '../../src/study/trial-runner.js';
import { InProcessRunner } from '../../src/workers/in-process-runner.js';
import { created, play, rising } from './scene.js';

const laptop: MachineKind = { processor: 'laptop', engine: 'onnx', versions: '1' };
const server: MachineKind = { processor: 'server', engine: 'onnx', versions: '1' };

/** Trains here, and says that it is elsewhere. */
function placedAt(places: (trial: number) => MachineKind): TrialRunner {
  const runner = new InProcessRunner({ train: rising });
  return {
    slots: 1,
    run(trials: readonly TrialRun[], slot, signal) {
      for (const { assignment, onPlaced } of trials) onPlaced?.(places(assignment.trial));
      return runner.run(trials, slot, signal);
    },
    close: () => runner.close(),
  };
}

async function machinesOf(runner: TrialRunner, began: MachineKind | undefined = laptop): Promise<unknown[]> {
  const events: TrialEvent[] = [];
  await play({ runner, machines: { here: laptop, began }, onEvent: (event) => events.push(event) });
  return events.flatMap((event) =>
    event.type === 'reported' && event.machine !== undefined
      ? [[event.trial, event.report.epoch, event.machine.processor]]
      : [],
  );
}

it('says nothing where all is as the study began', async () => {
  expect(await machinesOf(new InProcessRunner({ train: rising }))).toEqual([]);
  expect(await machinesOf(placedAt(() => laptop))).toEqual([]);
});

it('says once for each trial that it is on another kind of machine', async () => {
  expect(await machinesOf(placedAt((trial) => (trial === 1 ? server : laptop)))).toEqual([[1, 1, 'server']]);
});

it('says so of every trial of a journal that does not know where it began', async () => {
  const runner = placedAt(() => server);
  expect(await machinesOf(runner, undefined)).toEqual([
    [0, 1, 'server'],
    [1, 1, 'server'],
    [2, 1, 'server'],
  ]);
});

it('warns of a trial that goes on at another kind of machine', async () => {
  const before: TrialEvent[] = [
    created,
    { type: 'asked', trial: 0, parameters: { x: 0.5 }, source: 'sampler', at: 0 },
    { type: 'started', trial: 0, slot: 0, at: 0 },
    { type: 'reported', trial: 0, report: { epoch: 1, metrics: { f1: 0.6 } }, at: 0 },
  ];
  const { study } = await play({
    before,
    trials: 1,
    runner: placedAt(() => server),
    machines: { here: laptop, began: laptop },
  });
  expect(study.history.warnings).toEqual([
    'trial 0 was at laptop, engine onnx, 1, and goes on at server, engine onnx, 1: numbers differ in their last bits',
  ]);
  expect(study.history.trials[0]?.machine).toEqual(server);
});
