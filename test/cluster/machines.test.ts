// Who is there to train, what each is told, and which machine is set aside.
import { afterEach, expect, it, vi } from 'vitest';
import { Machines } from '../../src/cluster/machines.js';
import type { MachineFacts } from '../../src/cluster/messages.js';
import type { Failure } from '../../src/study/trial.js';
import { QUICK } from './support/scene.js';

const facts = (host: string): MachineFacts => ({
  ...{ host, pid: 1, slots: 2, devices: ['cpu 1', 'cpu 2'] },
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
  expect([machines.slots, machines.refusal('bad'), machines.refusal('good')]).toEqual([
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
