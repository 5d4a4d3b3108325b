// Texts that a server would refuse: they are made such that it takes them, and a study is never another one by that.
import { expect, it } from 'vitest';
import { checkStorable, storable } from '../../src/cluster/storable.js';

it('replaces what PostgreSQL refuses, in values and keys, and leaves everything else', () => {
  const half = '🙂'.slice(1);
  expect(storable({ lines: [`a\0b`, `${half}🙂`], metrics: { 'f\0': 1 }, none: null, isOver: false })).toEqual({
    ...{ lines: ['a\uFFFDb', '\uFFFD🙂'], metrics: { 'f\uFFFD': 1 }, none: null, isOver: false },
  });
});

it('names the place in a study', () => {
  expect(() => checkStorable({ space: { optimizer: ['adam', 's\0gd'] } }, 'study')).toThrow(
    String.raw`expected text that a queue can keep at study.space.optimizer.1, got "s\u0000gd"`,
  );
  checkStorable({ space: { optimizer: ['adam', '🙂'] }, trials: 3 }, 'study');
});
