// What a trainer says without end is cut off before it reaches the journal.
import { expect, it } from 'vitest';
import { checkReport } from '../../../src/workers/protocol/check-report.js';
import { failureOf } from '../../../src/workers/protocol/failure.js';

it('a message of megabytes is shortened, and says so', () => {
  const { message } = failureOf(new Error('x'.repeat(5e6)));
  expect(message.length).toBeLessThan(2100);
  expect(message).toMatch(/^Error: x+ … \(\d+ characters more\)$/);
  expect(failureOf(Object.assign(new Error('y'.repeat(3000)), { code: 'ERR_DIVERGED' })).message).toMatch(/^y{2000} …/);
});

it('a report of a million metrics, or with a name of a megabyte, is refused', () => {
  const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`m${i}`, i]));
  expect(checkReport({ epoch: 1, metrics: many })).toEqual({ problem: 'expected at most 20000 metrics, got 30000' });
  const { problem } = checkReport({ epoch: 1, metrics: { ['n'.repeat(1e6)]: 1 } }) as { problem: string };
  expect(problem.length).toBeLessThan(300);
  expect(checkReport({ epoch: 1, metrics: JSON.parse('{ "__proto__": 1 }') as object })).toHaveProperty('problem');
});
