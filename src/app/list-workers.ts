// Who is at a queue: studies, their workers and what these do, and workers that wait for a study.
import { randomUUID } from 'node:crypto';
import { parseAddress } from '../cluster/address.js';
import { QueueLink } from '../cluster/link.js';
import { type PresentWorker, readMessage } from '../cluster/messages.js';
import { HELLO, reportsOf } from '../cluster/queue-names.js';
import { RoundTrips } from '../cluster/round-trips.js';

export interface StudyAtQueue {
  readonly study: string;
  readonly workers: readonly PresentWorker[];
}

export interface QueueListing {
  /** Without credentials. */
  readonly address: string;
  readonly studies: readonly StudyAtQueue[];
  /** Hosts of workers that wait for a study. */
  readonly idle: readonly string[];
}

/** Milliseconds in which a controller has to answer. */
const PATIENCE = 5000;

/** @throws HpoError ERR_USAGE, ERR_QUEUE. */
export async function listWorkers(address: string): Promise<QueueListing> {
  const parsed = parseAddress(address);
  const link = await QueueLink.open(parsed);
  try {
    const hello = link.queue(HELLO);
    // A controller's connection is named after its study.
    const clients = await hello.getWorkers();
    const ids = new Set(
      clients.map((client) => /:w:(.+)$/.exec(client['rawname'] ?? '')?.[1] ?? '').filter((id) => id !== ''),
    );
    const waiting = (await hello.getWaiting()).map(({ data }) => readMessage(data));
    const studies = await Promise.all([...ids].map((id) => studyAt(link, id)));
    return {
      address: parsed.shown,
      studies: studies.filter((study) => study !== undefined),
      idle: waiting.flatMap((message) => (message.type === 'hello' ? [message.host] : [])),
    };
  } finally {
    await link.close();
  }
}

async function studyAt(link: QueueLink, id: string): Promise<StudyAtQueue | undefined> {
  const trips = new RoundTrips(link, reportsOf(id));
  try {
    await trips.waitUntilReady();
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), PATIENCE).unref();
    });
    const answer = await Promise.race([trips.ask({ type: 'who', worker: randomUUID() }), late]);
    return answer?.type === 'present' ? { study: answer.study, workers: answer.machines } : undefined;
  } finally {
    await trips.close();
  }
}
