// What is in each slot.
import { expect, it } from 'vitest';
import { SlotBoard } from '../../src/dashboard/slot-board.js';
import { StudyModel } from '../../src/dashboard/model/study-model.js';
import { fakeEvents } from './support/fake-study.js';

const [trial] = new StudyModel(fakeEvents({ trials: 1 })).history.trials;

it('knows all batched trials of a slot, until it is freed', () => {
  const board = new SlotBoard(['core 0']);
  const [one, two, three] = new StudyModel(fakeEvents({ trials: 3 })).history.trials;
  if (one === undefined || two === undefined || three === undefined) throw new Error('expected three trials');
  for (const each of [one, two, three]) board.note({ type: 'occupied', slot: 0, trial: each, resumed: false });
  expect(board.list()).toEqual([{ slot: 0, device: 'core 0', trial: 2, beside: [0, 1] }]);
  board.note({ type: 'occupied', slot: 0, trial: one, resumed: false });
  expect(board.list()).toEqual([{ slot: 0, device: 'core 0', trial: 0, beside: [1, 2] }]);
  board.note({ type: 'freed', slot: 0 });
  board.note({ type: 'occupied', slot: 0, trial: two, resumed: false });
  expect(board.list()).toEqual([{ slot: 0, device: 'core 0', trial: 1 }]);
});

it('follows the controller, and forgets what was measured when the trial ends', () => {
  const board = new SlotBoard(['GPU 0', 'GPU 1']);
  if (trial === undefined) throw new Error('expected a trial');
  board.note({ type: 'occupied', slot: 1, trial, resumed: false });
  board.measure(1, { imagesPerSecond: 300 });
  expect(board.list()).toEqual([
    { slot: 0, device: 'GPU 0' },
    { slot: 1, device: 'GPU 1', trial: 0, imagesPerSecond: 300 },
  ]);
  board.note({ type: 'freed', slot: 1 });
  expect(board.list()[1]).toEqual({ slot: 1, device: 'GPU 1' });
});

it('counts what each machine has trained, also where the trials of a slot move', () => {
  let now = 0;
  const board = new SlotBoard(['a cpu 1'], () => now);
  if (trial === undefined) throw new Error('expected a trial');
  board.note({ type: 'occupied', slot: 0, trial, resumed: false });
  expect(board.machines()).toEqual([]);
  board.note({ type: 'placed', slot: 0, machine: 'a' });
  now = 3000;
  board.note({ type: 'placed', slot: 0, machine: 'b' });
  now = 4000;
  expect([board.list()[0]?.machine, board.machines()]).toEqual([
    'b',
    [
      { name: 'a', seconds: 3, trials: 1 },
      { name: 'b', seconds: 1, trials: 0 },
    ],
  ]);
  board.note({ type: 'freed', slot: 0 });
  now = 9000;
  expect(board.list()).toEqual([{ slot: 0, device: 'b' }]);
  expect(board.machines()[1]).toEqual({ name: 'b', seconds: 1, trials: 1 });
});
