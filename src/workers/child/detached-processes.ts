// Processes that a trainer started and detached, so that neither the end of its trial nor that of its process group ends them. Linux tells
// with which environment a process was started, and every trial has its own mark there.
import { readFileSync, readdirSync } from 'node:fs';

/** The environment variable: a token of the slot's process, a slash, and the count of the task; 0 before the first. */
export const MARK_VARIABLE = 'HPO_TRAINER';

export function markOf(token: string, task: number): string {
  return `${token}/${task}`;
}

export interface DetachedProcess {
  readonly pid: number;
  /** As it was started, shortened. */
  readonly command: string;
}

/** How often is looked again: a process that is being ended may just have started another. */
const LOOKS = 5;
const LONGEST_COMMAND = 100;

/**
 * Ends the processes with a mark of this token that are not of the group.
 * @param group the process group of the slot's process, which is ended in another way.
 * @param isOver whether what the task has started is to end.
 * @returns those that were ended; none where the system does not tell.
 */
export function endDetached(token: string, group: number, isOver: (task: number) => boolean): DetachedProcess[] {
  const ended = new Map<number, DetachedProcess>();
  for (let look = 0; look < LOOKS; look++) {
    const found = marked(token).filter(({ pid, task }) => isOver(task) && groupOf(pid) !== group && !ended.has(pid));
    if (found.length === 0) break;
    for (const { pid } of found) {
      ended.set(pid, { pid, command: commandOf(pid) });
      kill(pid);
    }
  }
  return [...ended.values()];
}

function marked(token: string): { readonly pid: number; readonly task: number }[] {
  if (process.platform !== 'linux') return [];
  const mark = new RegExp(`(?:^|\\0)${MARK_VARIABLE}=${token}/(\\d+)(?:\\0|$)`);
  return pids().flatMap((pid) => {
    const task = mark.exec(read(`/proc/${pid}/environ`))?.[1];
    return task === undefined ? [] : [{ pid, task: Number(task) }];
  });
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Field 5 of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets (proc(5)). */
function groupOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, LONGEST_COMMAND);
}

/** Empty where the process is gone, or another user's. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}
