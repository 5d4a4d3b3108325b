// A controller's runner and a worker with slots of this machine, connected by a real server.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseAddress } from '../../../src/cluster/address.js';
import { ClusterRunner, type ClusterOptions } from '../../../src/cluster/cluster-runner.js';
import { QueueLink } from '../../../src/cluster/link.js';
import type { StudyForWorkers } from '../../../src/cluster/messages.js';
import { PACE, type Pace } from '../../../src/cluster/pace.js';
import { type ServeEnd, TrialServer } from '../../../src/cluster/serve-trials.js';
import type { TrialRunner } from '../../../src/study/trial-runner.js';

/** Fast enough that tests take seconds. */
export const QUICK: Pace = {
  lock: 3000,
  stalled: 500,
  hold: 2000,
  silence: 20_000,
  look: 2000,
  leave: 10_000,
  patience: 60_000,
  adopt: 20_000,
};

export function studyForWorkers(more: Partial<StudyForWorkers> = {}): StudyForWorkers {
  return {
    id: `test-${randomUUID()}`,
    ...{ name: 'test', version: '0.0.0', definition: {}, directory: '/', trials: '/' },
    reuse: true,
    ...more,
  };
}

/** `HPO_TEST_PACE=real`: that of studies. Benchmarks set it. */
const paceHere = (): Pace => (process.env['HPO_TEST_PACE'] === 'real' ? PACE : QUICK);

export async function openController(url: string, more: Partial<ClusterOptions> = {}): Promise<ClusterRunner> {
  const link = await QueueLink.open(parseAddress(url), { pace: paceHere() });
  return ClusterRunner.open({ link, study: studyForWorkers(), ...more });
}

export interface TestWorker {
  readonly server: TrialServer;
  readonly ended: Promise<ServeEnd>;
  leave(): void;
  close(): Promise<void>;
}

/** @param open makes the slots, and is given where they tell what trainers say. */
export async function openWorker(
  url: string,
  study: string,
  open: (onLog: (slot: number, line: string) => void, onWarning: (message: string) => void) => Promise<TrialRunner>,
  more: { readonly host?: string; readonly processor?: string; readonly pace?: Partial<Pace> } = {},
): Promise<TestWorker> {
  const link = await QueueLink.open(parseAddress(url), { pace: { ...paceHere(), ...more.pace } });
  const told: { server?: TrialServer } = {};
  const runner = await open(
    (slot, line) => told.server?.log(slot, line),
    (message) => told.server?.warn(message),
  );
  const [soon, now] = [new AbortController(), new AbortController()];
  const server = new TrialServer({
    ...{ link, study, runner, leave: soon.signal, leaveNow: now.signal },
    worker: randomUUID(),
    machine: {
      ...{ host: more.host ?? 'here', pid: process.pid, slots: runner.slots },
      devices: Array.from({ length: runner.slots }, (_, slot) => `cpu ${slot + 1}`),
      kind: { processor: more.processor ?? 'any', versions: '1' },
    },
    folderOf: (folder) => join('/', folder),
  });
  told.server = server;
  const ended = server.serve();
  return {
    server,
    ended,
    leave: () => soon.abort(),
    async close() {
      soon.abort();
      now.abort();
      await ended.catch(() => {}); // whoever waits for it is told
      await runner.close();
      await link.close();
    },
  };
}
