// After a failure, features are not written for a while.
import { expect, it } from 'vitest';
import { WriteGate } from '../../src/features/chunk-store.js';

it('a write gate closes for a minute when writing fails, and warns once', () => {
  const warnings: string[] = [];
  let time = 0;
  const gate = new WriteGate(
    (warning) => warnings.push(warning),
    () => time,
  );
  expect(gate.isOpen).toBe(true);
  gate.failed(new Error('ENOSPC'));
  expect(gate.isOpen).toBe(false);
  time = 59_999;
  expect(gate.isOpen).toBe(false);
  gate.failed(new Error('ENOSPC again'));
  time = 60_000;
  expect(gate.isOpen).toBe(false);
  time = 119_999;
  expect(gate.isOpen).toBe(true);
  expect(warnings).toEqual(['features cannot be cached and are computed again each time: ENOSPC']);
});
