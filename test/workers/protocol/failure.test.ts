// From something thrown to how a trial failed, whatever its code is called.
import { expect, it } from 'vitest';
import { failureOf } from '../../../src/workers/protocol/failure.js';

it.each(['constructor', 'toString', '__proto__', 'ERR_OTHER'])('an error with the code %s is a crash', (code) => {
  expect(failureOf(Object.assign(new Error('broken'), { code })).kind).toBe('crashed');
});

it('codes of the contract are known', () => {
  expect(failureOf(Object.assign(new Error('broken'), { code: 'ERR_DIVERGED' })).kind).toBe('diverged');
});
