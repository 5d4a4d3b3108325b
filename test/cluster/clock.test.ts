// Clocks of two machines: how far apart they may be.
import { expect, it } from 'vitest';
import { checkClock } from '../../src/cluster/clock.js';

it.each([
  ['as the server', 50_000],
  ['less behind than a slow answer explains', 61_900],
  ['less than two seconds ahead', 48_100],
])('takes a clock %s', (_, server) => {
  checkClock(server, 50_000, 60_000, 'postgres://host');
});

it.each([
  [80_000, '20.0 s behind'],
  [45_000, '5.0 s ahead'],
])('refuses another one', (server, what) => {
  expect(() => checkClock(server, 50_000, 60_000, 'postgres://host')).toThrow(
    `expected a clock within 2 s of that of the server at postgres://host, got one that is ${what}: set the clocks of both machines by NTP`,
  );
});
