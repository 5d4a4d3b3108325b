// Amounts of memory in words.
import { expect, it } from 'vitest';
import { parseBytes } from '../../src/system/byte-size.js';

it.each([
  ['1.2 GB', 1.2e9],
  ['800MB', 8e8],
  ['2 GiB', 2 ** 31],
  ['1 kB', 1000],
])('reads %s', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

it.each(['', '5', 'GB', '-1 GB', '1,2 GB', '1 gb', '0 MB', '1 GB more', '1e3 MB'])('refuses "%s"', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});
