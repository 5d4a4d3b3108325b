// How a controller begins and ends at a server.
import { expect, it } from 'vitest';
import { ClusterRunner } from '../../src/cluster/cluster-runner.js';
import type { Processor } from '../../src/cluster/driver.js';
import { HELLO } from '../../src/cluster/queue-names.js';
import { fakeLink } from './support/fake-link.js';
import { studyForWorkers } from './support/scene.js';

it('closes its connection where the server takes no jobs, as a replica does', async () => {
  const closed: string[] = [];
  const link = fakeLink({
    answer: () => undefined,
    drain: () => Promise.reject(new Error('READONLY')),
    onClose: (name) => closed.push(name),
  });
  await expect(ClusterRunner.open({ link, study: studyForWorkers() })).rejects.toThrow('READONLY');
  expect(closed).toEqual(['link']);
});

it('welcomes nobody any more when it tells its workers to leave', async () => {
  const happened: string[] = [];
  const processors: Processor[] = [];
  const link = fakeLink({
    answer: () => undefined,
    pace: { leave: 50_000 },
    onClose: (name) => happened.push(`${name} is closed`),
    onConsume: (_, processor) => processors.push(processor),
  });
  const controller = await ClusterRunner.open({ link, study: studyForWorkers() });
  const machine = { host: 'h', pid: 1, slots: 1, devices: ['cpu 1'], kind: { processor: 'any', versions: '1' } };
  const say = (data: object): Promise<unknown> => Promise.resolve(processors[0]?.({ data, attemptsStarted: 1 }));
  await say({ type: 'ready', worker: 'w', machine });
  const asking = say({ type: 'attend', worker: 'w', seen: 0, held: [] }).then((news) => {
    expect(news).toMatchObject({ items: [{ type: 'leave' }] });
    happened.push('the worker is told');
    return say({ type: 'bye', worker: 'w' });
  });
  await Promise.all([controller.close(), asking]);
  expect(happened.slice(0, 2)).toEqual([`${HELLO} is closed`, 'the worker is told']);
});
