// A thread of the child process that looks after it while its main thread may be stuck, in native code even: it ends the process
// when its parent is gone, and when it takes more memory than it may.
import { Worker } from 'node:worker_threads';
import type { ChildMemory } from './child-options.js';
import { MARK_VARIABLE, markOf } from './detached-processes.js';

/** What it writes to standard error, with the reason after it, before it ends the process for its memory. */
export const MEMORY_MARK = 'hpo: out of memory: ';

/** Milliseconds between two looks. */
const INTERVAL = 200;

/**
 * What its processes have started counts as well: pages that they share count once, since a program's workers are copies of it. Reading
 * that takes the kernel a while, so it is read where the plain sum is too much.
 *
 * Source text, so that the thread starts in milliseconds and needs no loader. A parent that dies is noticed by the process's
 * having another one. Only SIGKILL is sure to end a process whose main thread is stuck; it goes to the whole group, with whatever
 * the trainer started.
 */
const SOURCE = `
const { workerData } = require('node:worker_threads');
const { readFileSync, readdirSync, writeSync } = require('node:fs');
const { freemem } = require('node:os');
const { parent, group, trainer, memory, mark, interval } = workerData;
const left = () => typeof process.availableMemory === 'function' ? process.availableMemory() : freemem();
const inGigabytes = (bytes) => (bytes / 2 ** 30).toFixed(2) + ' GiB';
const end = () => process.kill(group ? -process.pid : process.pid, 'SIGKILL');
const isDetached = (pid) => {
  try {
    const stat = readFileSync('/proc/' + pid + '/stat', 'latin1');
    const itsGroup = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
    return itsGroup !== String(process.pid) && readFileSync('/proc/' + pid + '/environ', 'latin1').includes(trainer);
  } catch { return false; }
};
const endDetached = () => {
  if (process.platform !== 'linux') return;
  for (const pid of readdirSync('/proc')) {
    if (/^\\d+$/.test(pid) && isDetached(pid)) try { process.kill(Number(pid), 'SIGKILL'); } catch {}
  }
};
const read = (path) => { try { return readFileSync(path, 'latin1'); } catch { return ''; } };
const tasksOf = (pid) => { try { return readdirSync('/proc/' + pid + '/task'); } catch { return []; } };
const childrenOf = (pid) => tasksOf(pid).flatMap((task) => read('/proc/' + pid + '/task/' + task + '/children').split(' ')).filter((one) => one !== '');
const startedBy = (pid) => childrenOf(pid).flatMap((child) => [child, ...startedBy(child)]);
const residentOf = (pid) => 1024 * Number((/^VmRSS:\\s+(\\d+)/m.exec(read('/proc/' + pid + '/status')) ?? [0, 0])[1]);
const shareOf = (pid) => 1024 * Number((/^Pss:\\s+(\\d+)/m.exec(read('/proc/' + pid + '/smaps_rollup')) ?? [0, 0])[1]);
const sum = (pids, of) => pids.reduce((total, pid) => total + of(pid), 0);
const usedOverall = (most) => {
  const own = process.memoryUsage.rss();
  const started = process.platform === 'linux' ? startedBy(process.pid) : [];
  if (started.length === 0 || own + sum(started, residentOf) <= most) return own + sum(started, residentOf);
  const shares = sum(started, shareOf);
  return own + (shares > 0 ? shares : sum(started, residentOf));
};
const endForMemory = (why) => {
  try { writeSync(2, '\\n' + mark + why + '\\n'); } catch {}
  end();
};
setInterval(() => {
  if (process.ppid !== parent) { endDetached(); end(); }
  if (memory.limit !== undefined && usedOverall(memory.limit) > memory.limit) {
    endForMemory('the trial uses more memory than its limit of ' + inGigabytes(memory.limit));
  } else if (left() < memory.reserve && usedOverall(memory.share) > memory.share) {
    endForMemory('the machine has no memory left, and the trial uses more than its share of ' + inGigabytes(memory.share));
  }
}, interval);
`;

/**
 * @param parent the process whose child this is.
 * @param group whether this process leads a process group of its own.
 * @param token marks what the trainer starts (detached-processes.ts); nobody else could end it once the parent is gone.
 */
export function startWatchdog(parent: number, group: boolean, token: string, memory: ChildMemory): void {
  const watchdog = new Worker(SOURCE, {
    eval: true,
    execArgv: [],
    workerData: {
      parent,
      group,
      trainer: `${MARK_VARIABLE}=${markOf(token, 0).slice(0, -1)}`,
      memory,
      mark: MEMORY_MARK,
      interval: INTERVAL,
    },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
  watchdog.unref();
}
