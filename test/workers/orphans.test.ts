// No child outlives its parent: neither one that waits, nor one whose main thread is stuck, nor what a trainer started itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./orphaning-parent.ts', import.meta.url));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it.each(['SIGKILL', 'SIGTERM'] as const)('of a parent that is ended by %s nothing is left', async (signal) => {
  const parent = spawn(process.execPath, ['--import', 'tsx', SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(parent, 'exit');
  let pids: number[] = [];
  for await (const line of createInterface({ input: parent.stdout })) {
    pids = JSON.parse(line) as number[];
    break;
  }
  expect(pids).toHaveLength(process.platform === 'linux' ? 6 : 4);
  expect(pids.filter(isAlive)).toEqual(pids);
  parent.kill(signal);
  await exited;
  for (let waited = 0; pids.some(isAlive) && waited < 20_000; waited += 20) await delay(20);
  expect(pids.filter(isAlive)).toEqual([]);
});
