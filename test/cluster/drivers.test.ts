// Packages that a queue needs and that are not installed: the message names the command that installs them.
import { expect, it, vi } from 'vitest';
import { parseAddress } from '../../src/cluster/address.js';
import { openDriver } from '../../src/cluster/drivers.js';
import { QueueLink } from '../../src/cluster/link.js';

vi.mock('ioredis', () => {
  throw new Error("Cannot find package 'ioredis'");
});
vi.mock('pg', () => {
  throw new Error("Cannot find package 'pg'");
});

it.each([
  ['redis://127.0.0.1:1', 'npm install bullmq@6 ioredis@5'],
  ['postgres://127.0.0.1:1/db', 'npm install bullmq@6 pg@8'],
])('%s: %s', async (address, command) => {
  const message = `expected the packages that a queue needs, found them not installed: ${command}`;
  await expect(openDriver(parseAddress(address, {}))).rejects.toMatchObject({ code: 'ERR_USAGE', message });
  await expect(QueueLink.open(parseAddress(address, {}))).rejects.toMatchObject({ code: 'ERR_USAGE', message });
});
