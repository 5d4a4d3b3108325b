// What a download says while it runs.
import { formatBytes } from '../../system/format.js';

const PROGRESS_EVERY_MS = 1000;

/** Lines for people: one at the start, one every now and then, one at the end. */
export function downloadProgress(
  name: string,
  onLine: ((line: string) => void) | undefined,
): (received: number, total: number | undefined) => void {
  let saidAt = -Infinity;
  return (received, total) => {
    const now = performance.now();
    if (now - saidAt < PROGRESS_EVERY_MS && received !== total) return;
    saidAt = now;
    const share = total === undefined ? '' : ` of ${formatBytes(total)} (${Math.floor((100 * received) / total)} %)`;
    onLine?.(`${name}: ${formatBytes(received)}${share}`);
  };
}
