// What is in each slot.
import { expect, it } from 'vitest';
import { SlotBoard } from '../../src/dashboard/slot-board.js';
import { StudyModel } from '../../src/dashboard/model/study-model.js';
import { fakeEvents } from './support/fake-study.js';

const [trial] = new StudyModel(fakeEvents({ trials: 1 })).history.trials;

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
