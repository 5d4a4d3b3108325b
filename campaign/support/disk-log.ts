// What a program did to files, from the system calls that strace saw: enough to rebuild what a power cut would have left.
import { must } from '../../src/system/must.js';

/** One change of the files of a folder, in the order in which the calls ended. Paths are absolute. */
export type DiskCall =
  | { readonly type: 'create'; readonly path: string; readonly truncates: boolean }
  | { readonly type: 'write'; readonly path: string; readonly bytes: Buffer; readonly at: number | undefined }
  | { readonly type: 'truncate'; readonly path: string; readonly length: number }
  | { readonly type: 'sync'; readonly path: string }
  | { readonly type: 'rename'; readonly from: string; readonly to: string }
  | { readonly type: 'link'; readonly from: string; readonly to: string }
  | { readonly type: 'unlink'; readonly path: string }
  | { readonly type: 'mkdir'; readonly path: string }
  | { readonly type: 'rmdir'; readonly path: string };

const CALLS = [
  ...['openat', 'write', 'pwrite64', 'ftruncate', 'fsync', 'fdatasync', 'rename', 'renameat', 'renameat2'],
  ...['link', 'linkat', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'rmdir', 'writev', 'pwritev', 'open', 'creat'],
];
/** Calls that change files in a way that the rebuilding does not know. */
const UNKNOWN = new Set(['writev', 'pwritev', 'open', 'creat']);

/** What to run a command by, so that its calls are in `file`. Only calls under `folder` count. */
export function tracedInto(file: string): string[] {
  return [
    'strace',
    '-f',
    '-y',
    '-qq',
    '-xx',
    '-s',
    '4194304',
    '--seccomp-bpf',
    '-e',
    `trace=${CALLS.join()}`,
    '-o',
    file,
  ];
}

/** The changes under the folder that the trace shows. Throws where it shows one that it cannot tell. */
export function diskCallsOf(trace: string, folder: string): DiskCall[] {
  const begun = new Map<string, string>();
  const calls: DiskCall[] = [];
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(text);
    if (unfinished !== null) {
      begun.set(thread, must(unfinished[1], 'a call'));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const whole = resumed === null ? text : `${begun.get(thread) ?? ''}${resumed[1]}`;
    const call = callOf(whole);
    if (call !== undefined && pathsOf(call).some((path) => path.startsWith(folder))) calls.push(call);
  }
  return calls;
}

export function pathsOf(call: DiskCall): string[] {
  return 'path' in call ? [call.path] : [call.from, call.to];
}

function callOf(text: string): DiskCall | undefined {
  const [, name = '', inside = '', result = ''] = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(text) ?? [];
  if (name === '' || Number(result) < 0) return undefined;
  const parts = inside.split(', ');
  const strings = [...inside.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => textOf(hex));
  const opened = fdPath(parts[0] ?? '');
  const [first = '', second = ''] = strings;
  if (UNKNOWN.has(name)) throw new Error(`expected no ${name}, got ${text.slice(0, 200)}`);
  switch (name) {
    case 'openat':
      if (!inside.includes('O_CREAT') && !inside.includes('O_TRUNC')) return undefined;
      return { type: 'create', path: absolute(first, opened), truncates: inside.includes('O_TRUNC') };
    case 'write':
      return { type: 'write', path: opened, bytes: bytesOf(inside, Number(result)), at: undefined };
    case 'pwrite64':
      return { type: 'write', path: opened, bytes: bytesOf(inside, Number(result)), at: Number(parts.at(-1)) };
    case 'ftruncate':
      return { type: 'truncate', path: opened, length: Number(parts[1]) };
    case 'fsync':
    case 'fdatasync':
      return { type: 'sync', path: opened };
    case 'rename':
    case 'renameat':
    case 'renameat2':
      return { type: 'rename', from: first, to: second };
    case 'link':
    case 'linkat':
      return { type: 'link', from: first, to: second };
    case 'unlink':
    case 'unlinkat':
      return inside.includes('AT_REMOVEDIR') ? { type: 'rmdir', path: first } : { type: 'unlink', path: first };
    case 'rmdir':
      return { type: 'rmdir', path: first };
    case 'mkdir':
    case 'mkdirat':
      return { type: 'mkdir', path: first };
    default:
      return undefined;
  }
}

/** `5<\x2f…>`: the path of an open file; empty where it has none. */
function fdPath(part: string): string {
  return textOf(/^(?:\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>/.exec(part)?.[1] ?? '');
}

function absolute(path: string, folder: string): string {
  return path.startsWith('/') ? path : `${folder}/${path}`;
}

function bytesOf(inside: string, written: number): Buffer {
  const hex = /"((?:\\x[0-9a-f]{2})*)"/.exec(inside)?.[1] ?? '';
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex').subarray(0, written);
}

function textOf(hex: string): string {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString();
}
