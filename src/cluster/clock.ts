// Whether this machine's clock agrees with the server's: BullMQ on PostgreSQL locks trials until a time of the worker's clock.
import { HpoError } from '../study/errors.js';

/** Milliseconds that clocks may differ: a small part of how long a lock lasts. */
const MOST = 2000;

/**
 * @param server its time in milliseconds since 1970, read between `before` and `after` of this machine.
 * @throws HpoError ERR_QUEUE where this machine's clock is more than two seconds ahead or behind.
 */
export function checkClock(server: number, before: number, after: number, shown: string): void {
  const behind = server - after;
  const ahead = before - server;
  if (Math.max(behind, ahead) <= MOST) return;
  const what = behind > 0 ? `${seconds(behind)} behind` : `${seconds(ahead)} ahead`;
  throw new HpoError(
    'ERR_QUEUE',
    `expected a clock within 2 s of that of the server at ${shown}, got one that is ${what}: set the clocks of both machines by NTP`,
  );
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
