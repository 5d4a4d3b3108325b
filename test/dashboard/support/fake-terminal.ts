// Streams that pass for a terminal, with a screen that can be read.
import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';

export class FakeOutput extends EventEmitter {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  written: string[] = [];

  readonly write = (text: string): boolean => {
    this.written.push(text);
    return true;
  };

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }

  /** The rows of the screen, from the painter's "row; text; erase to the end". */
  screen(): string[] {
    const rows: (string | undefined)[] = [];
    const all = this.written.join('');
    const drawn = all.slice(all.lastIndexOf('\u001b[2J'));
    // eslint-disable-next-line no-control-regex -- the terminal's own language
    for (const [, row, text] of drawn.matchAll(/\u001b\[(\d+);1H([\s\S]*?)\u001b\[K/g)) {
      rows[Number(row) - 1] = stripVTControlCharacters(text ?? '');
    }
    return Array.from(rows, (row) => row ?? '');
  }

  asStream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }
}

export class FakeInput extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  private waiting: string[] = [];

  setRawMode = (raw: boolean): this => {
    this.isRaw = raw;
    return this;
  };
  setEncoding = (): this => this;
  ref = (): this => this;
  unref = (): this => this;
  read = (): string | null => this.waiting.shift() ?? null;

  type(text: string): void {
    this.waiting.push(text);
    this.emit('readable');
  }

  asStream(): NodeJS.ReadStream {
    return this as unknown as NodeJS.ReadStream;
  }
}
