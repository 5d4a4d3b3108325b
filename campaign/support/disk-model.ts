// A disk that loses what was not synced: files and names as they would be after a power cut at any point of a log of calls.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { RandomStream } from '../../src/math/random.js';
import type { DiskCall } from './disk-log.js';

interface DiskFile {
  content: Buffer;
  /** As of the last sync. */
  synced: Buffer;
}

/**
 * Names (of files, links and folders) change in order, as in a file system that keeps a journal of them; a sync makes all changes of names
 * before it last. The content of a file lasts as of its own last sync.
 */
export class DiskModel {
  private readonly files = new Map<string, DiskFile>();
  private readonly folders = new Set<string>();

  constructor(private readonly root: string) {}

  /** Applies calls. Those after `namesUntil` change no names any more: they were lost. */
  static after(root: string, calls: readonly DiskCall[], namesUntil = calls.length): DiskModel {
    const model = new DiskModel(root);
    // What was written goes to the file, under whatever name it has by then.
    const names = new DiskModel(root);
    calls.forEach((call, i) => {
      model.apply(call);
      if (i < namesUntil) names.applyName(call, model);
    });
    return names;
  }

  private apply(call: DiskCall): void {
    switch (call.type) {
      case 'write': {
        const file = this.files.get(call.path);
        if (file !== undefined) file.content = overwritten(file.content, call.bytes, call.at ?? file.content.length);
        return;
      }
      case 'truncate': {
        const file = this.files.get(call.path);
        if (file !== undefined) file.content = Buffer.concat([file.content.subarray(0, call.length)], call.length);
        return;
      }
      case 'sync': {
        const file = this.files.get(call.path);
        if (file !== undefined) file.synced = file.content;
        return;
      }
      case 'create': {
        const file = this.files.get(call.path);
        if (file === undefined) this.files.set(call.path, { content: Buffer.alloc(0), synced: Buffer.alloc(0) });
        else if (call.truncates) file.content = Buffer.alloc(0);
        return;
      }
      default:
        this.applyName(call, this);
    }
  }

  /** Changes names alone; new ones stand for the files of `content`. */
  private applyName(call: DiskCall, content: DiskModel): void {
    switch (call.type) {
      case 'create': {
        const file = content.files.get(call.path);
        if (file !== undefined) this.files.set(call.path, file);
        return;
      }
      case 'rename': {
        const file = this.files.get(call.from);
        if (file !== undefined) {
          this.files.delete(call.from);
          this.files.set(call.to, file);
        } else if (this.folders.has(call.from)) this.moveFolder(call.from, call.to);
        return;
      }
      case 'link': {
        const file = this.files.get(call.from);
        if (file !== undefined) this.files.set(call.to, file);
        return;
      }
      case 'unlink':
        this.files.delete(call.path);
        return;
      case 'mkdir':
        this.folders.add(call.path);
        return;
      case 'rmdir':
        this.folders.delete(call.path);
        return;
      default:
        return;
    }
  }

  private moveFolder(from: string, to: string): void {
    const moved = (path: string): string =>
      path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
    for (const folder of [...this.folders]) {
      this.folders.delete(folder);
      this.folders.add(moved(folder));
    }
    for (const [path, file] of [...this.files]) {
      this.files.delete(path);
      this.files.set(moved(path), file);
    }
  }

  /** Everything as the program saw it, by path below the root. */
  contents(): Map<string, Buffer> {
    return new Map([...this.inside()].map(([path, { content }]) => [path, content]));
  }

  /** Writes into `target` what the power cut left: of what was not synced, chance decides how much arrived. */
  writeTo(target: string, random: RandomStream): void {
    for (const folder of this.folders) {
      const path = relative(this.root, folder);
      if (!path.startsWith('..')) mkdirSync(join(target, path), { recursive: true });
    }
    for (const [path, file] of this.inside()) {
      const place = join(target, path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, remains(file, random));
    }
  }

  private *inside(): Iterable<[string, DiskFile]> {
    for (const [path, file] of this.files)
      if (path.startsWith(`${this.root}/`)) yield [relative(this.root, path), file];
  }
}

function overwritten(content: Buffer, bytes: Buffer, at: number): Buffer {
  const gap = Buffer.alloc(Math.max(0, at - content.length));
  return Buffer.concat([content.subarray(0, at), gap, bytes, content.subarray(at + bytes.length)]);
}

/** What was synced, or more of what was written; file systems may also know the new length and hold zeros there. */
function remains({ content, synced }: DiskFile, random: RandomStream): Buffer {
  if (content.equals(synced)) return content;
  const isLonger = content.length >= synced.length && content.subarray(0, synced.length).equals(synced);
  if (!isLonger) return random.next() < 0.5 ? synced : content;
  const arrived = synced.length + random.integer(content.length - synced.length + 1);
  const length = random.next() < 0.3 ? arrived + random.integer(content.length - arrived + 1) : arrived;
  return Buffer.concat([content.subarray(0, arrived)], length);
}
