import { expect, it } from 'vitest';
import { parseDuration } from '../../src/system/duration.js';

it('reads hours, minutes and seconds', () => {
  expect(parseDuration('90s')).toBe(90);
  expect(parseDuration('20m')).toBe(1200);
  expect(parseDuration('1h30m')).toBe(5400);
  expect(parseDuration('0.5h')).toBe(1800);
});

it('takes nothing else', () => {
  for (const text of ['', '0s', '20', '5 m', '-3s', '1d', 'm', `${'9'.repeat(400)}h`]) {
    expect(parseDuration(text), text).toBeUndefined();
  }
});
