// Work on many items, some at a time.
import { expect, it } from 'vitest';
import { mapConcurrently } from '../../src/system/concurrent.js';

it('gives results in order, with no more at once than allowed', async () => {
  let running = 0;
  let most = 0;
  const results = await mapConcurrently([5, 1, 4, 2, 3], 2, async (item, position) => {
    most = Math.max(most, ++running);
    for (let i = 0; i < item; i++) await Promise.resolve();
    running--;
    return `${item}@${position}`;
  });
  expect(results).toEqual(['5@0', '1@1', '4@2', '2@3', '3@4']);
  expect(most).toBe(2);
});

it('begins nothing after an error, and rejects with it once the others have ended', async () => {
  const begun: number[] = [];
  let ended = false;
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    if (item === 1) throw new Error('one is bad');
    for (let i = 0; i < 20; i++) await Promise.resolve();
    ended = true;
  };
  await expect(mapConcurrently([0, 1, 2, 3, 4], 2, work)).rejects.toThrow('one is bad');
  expect(begun).toEqual([0, 1]);
  expect(ended).toBe(true);
});
