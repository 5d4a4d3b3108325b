// Puts frames on a terminal: only the rows that changed, each at its place, so that nothing flickers and little is written.
import { EventEmitter } from 'node:events';
import type { Size } from './layout.js';

const BEGIN = '\u001b[?2026h'; // synchronized update; terminals that lack it ignore it
const END = '\u001b[?2026l';
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** Clicks and the wheel are sent as keys are (xterm's modes 1000 and 1006). Terminals then select no text without shift. */
const MOUSE_ON = '\u001b[?1000h\u001b[?1006h';
const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l';
const CLEAR = '\u001b[2J';
const ERASE_REST = '\u001b[K';

export interface Screen {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** What Ink takes for its output: each write is a whole frame, as Ink's debug mode makes them. */
export class Painter extends EventEmitter {
  readonly isTTY = true;
  private shown: readonly string[] = [];
  private isOpen = false;
  private hasMouse = false;

  constructor(private readonly screen: Screen) {
    super();
  }

  get columns(): number {
    return this.screen.columns || 80;
  }

  get rows(): number {
    return this.screen.rows || 24;
  }

  get size(): Size {
    return { columns: this.columns, rows: this.rows };
  }

  /** Takes the alternate screen; what was there comes back with `close`. */
  open(): void {
    this.isOpen = true;
    this.screen.write(this.hasMouse ? ENTER + MOUSE_ON : ENTER);
    this.forget();
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.screen.write(this.hasMouse ? MOUSE_OFF + LEAVE : LEAVE);
  }

  /** Whether the terminal tells of its mouse. */
  set mouse(isOn: boolean) {
    this.hasMouse = isOn;
    if (this.isOpen) this.screen.write(isOn ? MOUSE_ON : MOUSE_OFF);
  }

  /** The next frame is drawn in full: what is on the screen is no longer known. */
  forget(): void {
    this.shown = [];
    if (this.isOpen) this.screen.write(CLEAR);
  }

  readonly write = (frame: string, written?: () => void): boolean => {
    if (this.isOpen && frame !== '') this.paint(frame.split('\n').slice(0, this.rows));
    written?.();
    return true;
  };

  private paint(lines: readonly string[]): void {
    let changes = '';
    for (let row = 0; row < Math.max(lines.length, this.shown.length); row++) {
      const line = lines[row] ?? '';
      if (line === this.shown[row]) continue;
      changes += `\u001b[${row + 1};1H${line}\u001b[0m${ERASE_REST}`;
    }
    this.shown = lines;
    if (changes !== '') this.screen.write(`${BEGIN}${changes}${END}`);
  }
}
