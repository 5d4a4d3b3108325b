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
