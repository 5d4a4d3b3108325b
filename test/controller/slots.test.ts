// Idle slots, also where machines come and go.
import { expect, it } from 'vitest';
import { Slots } from '../../src/controller/slots.js';

it('gives a trial the slot that it was in, else the lowest idle one', () => {
  const slots = new Slots(3);
  expect([slots.take(2), slots.take(2), slots.take(undefined)]).toEqual([2, 0, 1]);
  expect([slots.busy, slots.haveIdle]).toEqual([3, false]);
});

it('has more slots at once when a machine comes', () => {
  const slots = new Slots(1);
  slots.take(undefined);
  slots.resize(3);
  expect([slots.take(undefined), slots.take(undefined), slots.haveIdle]).toEqual([1, 2, false]);
});

it('lets the trials of a machine that leaves come to their end, and gives its slots to nobody else', () => {
  const slots = new Slots(3);
  for (let i = 0; i < 3; i++) slots.take(undefined);
  slots.resize(1);
  slots.give(2);
  expect([slots.busy, slots.haveIdle]).toEqual([2, false]);
  slots.give(0);
  expect([slots.take(2), slots.haveIdle]).toEqual([0, false]);
});

it('does not give a busy slot twice that was gone and is there again', () => {
  const slots = new Slots(2);
  slots.take(1);
  slots.resize(1);
  slots.resize(2);
  expect([slots.take(1), slots.haveIdle]).toEqual([0, false]);
});
