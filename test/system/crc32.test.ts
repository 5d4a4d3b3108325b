// CRC-32: known values, in parts as in one, with and without Node's help.
import { expect, it } from 'vitest';
import { crc32, crc32Hex, tableCrc32 } from '../../src/system/crc32.js';

/** The check value of CRC-32/ISO-HDLC. */
const CHECK = 0xcbf43926;

it.each([
  ['Node', crc32],
  ['a table', tableCrc32],
])('is the standard one with %s', (_, sum) => {
  const bytes = Buffer.from('123456789');
  expect(sum(bytes)).toBe(CHECK);
  expect(sum(bytes.subarray(4), sum(bytes.subarray(0, 4)))).toBe(CHECK);
  expect(sum(new Uint8Array(0))).toBe(0);
  expect(sum(new Uint8Array(0), CHECK)).toBe(CHECK);
});

it('is eight digits, whatever its value, of all parts', () => {
  expect(crc32Hex(Buffer.from('1234'), Buffer.from('56789'))).toBe('cbf43926');
  expect(crc32Hex()).toBe('00000000');
});
