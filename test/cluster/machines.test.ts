// Who is there to train, what each is told, and which machine is set aside.
import { afterEach, expect, it, vi } from 'vitest';
import { Machines } from '../../src/cluster/machines.js';
import type { MachineFacts } from '../../src/cluster/messages.js';
import type { Failure } from '../../src/study/trial.js';
import { QUICK } from './support/scene.js';

const facts = (host: string, device = 'cpu'): MachineFacts => ({
  ...{ host, pid: 1, slots: 2, devices: [`${device} 1`, `${device} 2`] },
  kind: { processor: 'any', versions: '1' },
});
const crash: Failure = { status: 'failed', kind: 'crashed', message: 'no libcuda\n at …' };

let machines: Machines;
afterEach(() => machines.close());

function meet(...hosts: string[]): { notices: string[]; onChange: ReturnType<typeof vi.fn> } {
  const notices: string[] = [];
  const onChange = vi.fn();
  machines = new Machines({ pace: QUICK, maxFailuresInARow: 3, onChange, onNotice: (line) => notices.push(line) });
  for (const host of hosts) machines.join(host, facts(host));
  return { notices, onChange };
}

it('counts the slots of those who are there', () => {
  const { onChange } = meet('a', 'b');
  expect(machines.slots).toBe(4);
  machines.leave('a');
  expect([machines.slots, onChange.mock.calls.length]).toEqual([2, 3]);
});

it('says what a worker has done when it leaves', () => {
  const { notices } = meet('a');
  machines.trained('a', 61.2);
  machines.ended('a', { status: 'completed' });
  machines.leave('a');
  expect(notices.at(-1)).toBe('a (process 1) leaves after 1 trial and 1m 01s of training');
});

it('tells news until they are confirmed, however often it is asked', async () => {
  meet('a');
  machines.tell('a', { type: 'leave' });
  const expected = { turn: 1, items: [{ type: 'leave' }] };
  expect(await machines.attend('a', 0)).toEqual(expected);
  expect(await machines.attend('a', 0)).toEqual(expected);
  const open = machines.attend('a', 1);
  machines.close();
  expect(await open).toEqual({ turn: 1, items: [] });
});

it('does not know a worker of before a restart', async () => {
  meet();
  expect(await machines.attend('a', 3)).toBeUndefined();
});

it('sets a machine aside whose trials fail one after the other and do not on another machine', () => {
  const { notices } = meet('bad', 'good');
  expect([1, 2, 3].map(() => machines.failed('bad', crash))).toEqual([false, false, true]);
  machines.tried('bad', false);
  expect(notices.at(-1)).toContain('bad (process 1) is set aside: 3 trials in a row failed there');
  expect([machines.slots, machines.refusal(facts('bad')), machines.refusal(facts('good'))]).toEqual([
    2,
    expect.stringContaining('3 trials') as string,
    undefined,
  ]);
});

it('blames no machine for trials that fail on another one too', () => {
  meet('a', 'b');
  for (let i = 0; i < 3; i++) machines.failed('a', crash);
  machines.tried('a', true);
  expect([machines.slots, machines.failed('a', crash)]).toEqual([4, false]);
});

it('blames the parameters where there is no other machine, or a trial diverges', () => {
  meet('a', 'b');
  const diverged: Failure = { status: 'failed', kind: 'diverged', message: 'NaN' };
  expect([1, 2, 3, 4].map(() => machines.failed('a', diverged))).toEqual([false, false, false, false]);
  machines.leave('b');
  expect([1, 2, 3, 4].map(() => machines.failed('a', crash))).toEqual([false, false, false, false]);
});

it('blames the devices of a process, and the host only for what all its processes share', () => {
  meet();
  machines.join('a1', facts('a', 'cuda'));
  machines.join('a2', facts('a', 'cpu'));
  for (let i = 0; i < 3; i++) machines.failed('a1', crash);
  expect([machines.mayTry('a1', 'a1'), machines.mayTry('a2', 'a1'), machines.areApart('a2', 'a1')]).toEqual([
    ...[false, true, true],
  ]);
  machines.tried('a1', false);
  expect([facts('a', 'cuda'), facts('a', 'cpu')].map((one) => machines.refusal(one) !== undefined)).toEqual([
    true,
    false,
  ]);
  expect([machines.slots, machines.refusalOfHost('a')]).toEqual([2, undefined]);
  machines.join('b', facts('b'));
  machines.failed('a2', { ...crash, message: 'the disk is full', fault: { code: 'ERR_STORE' } });
  expect([machines.slots, machines.refusalOfHost('a')]).toEqual([2, 'the disk is full']);
});

it('another host tries what failed before another process of the same host does', () => {
  meet('b');
  machines.join('a1', facts('a', 'cuda'));
  machines.join('a2', facts('a', 'cpu'));
  machines.join('a3', facts('a', 'cuda'));
  expect(['a1', 'a2', 'a3', 'b'].map((worker) => machines.mayTry(worker, 'a1'))).toEqual([false, false, false, true]);
  machines.leave('b');
  expect(['a1', 'a2', 'a3'].map((worker) => machines.mayTry(worker, 'a1'))).toEqual([false, true, false]);
  expect(machines.areApart('a3', 'a1')).toBe(false);
});

it('sets a machine aside at once whose disk is full', () => {
  const { notices } = meet('a', 'b');
  expect(machines.failed('a', { ...crash, message: 'the disk is full', fault: { code: 'ERR_STORE' } })).toBe(true);
  expect(notices.at(-1)).toBe('a (process 1) is set aside: the disk is full');
});

it('sets a second machine aside whose disk is full as well, and blames it for no other failure', () => {
  meet('a', 'b', 'c');
  const full: Failure = { ...crash, message: 'the disk is full', fault: { code: 'ERR_STORE' } };
  expect(machines.failed('a', full)).toBe(true);
  expect([1, 2, 3].map(() => machines.failed('b', crash, true))).toEqual([false, false, false]);
  expect(machines.failed('b', full, true)).toBe(true);
  expect([machines.slots, machines.failed('c', full, true)]).toEqual([2, false]);
});

it('knows which jobs a worker no longer has', () => {
  meet('a');
  expect([machines.isAt('a', 'job-1'), machines.isAt('b', 'job-1'), machines.isAt(undefined, 'job-1')]).toEqual([
    ...[true, false, false],
  ]);
  void machines.attend('a', 0, ['job-2']);
  expect([machines.isAt('a', 'job-1'), machines.isAt('a', 'job-2')]).toEqual([false, true]);
});
