// The address of a queue on the command line: hidden from lists of processes, however it is written there.
import { expect, it } from 'vitest';
import { titleWithout } from '../../src/cli/queue-address.js';

const address = 'redis://u:secret@host:7000';

it.each([
  ['an argument of its own', ['node', 'hpo', 'run', 's.json', '--queue', address]],
  ['behind an equals sign', ['node', 'hpo', 'run', 's.json', `--queue=${address}`]],
])('hides an address that is %s', (_, argv) => {
  expect(titleWithout(address, 'run', argv)).toBe('hpo run redis://host:7000');
});

it('keeps the title where the address comes from the environment', () => {
  expect(titleWithout(address, 'run', ['node', 'hpo', 'run', 's.json', '--queue'])).toBeUndefined();
});
