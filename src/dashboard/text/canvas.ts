// A canvas of braille dots: two columns and four rows of dots in each cell.
import { must } from '../../system/must.js';
import type { Line, Tone } from './line.js';

/** The bit of each dot of a cell, by row and column (Unicode block U+2800). */
const BITS: readonly (readonly [number, number])[] = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

export class Canvas {
  readonly dotsWide: number;
  readonly dotsHigh: number;
  private readonly dots: Uint8Array;
  private readonly tones: (Tone | undefined)[];

  /** @param columns in cells, as are rows. */
  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.dotsWide = columns * 2;
    this.dotsHigh = rows * 4;
    this.dots = new Uint8Array(columns * rows);
    this.tones = new Array<Tone | undefined>(columns * rows);
  }

  /** Sets a dot, (0, 0) at the bottom left; one beyond the canvas is left out. The latest dot gives a cell its tone. */
  dot(x: number, y: number, tone: Tone): void {
    if (!(x >= 0 && x < this.dotsWide && y >= 0 && y < this.dotsHigh)) return;
    const row = this.dotsHigh - 1 - Math.floor(y);
    const column = Math.floor(x);
    const cell = Math.floor(row / 4) * this.columns + Math.floor(column / 2);
    this.dots[cell] = this.dots[cell]! | must(BITS[row % 4], 'bits of the row')[column % 2]!;
    this.tones[cell] = tone;
  }

  /** A straight line of dots, both ends included. */
  stroke(fromX: number, fromY: number, toX: number, toY: number, tone: Tone): void {
    const steps = Math.min(4096, Math.max(1, Math.ceil(Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY)))));
    for (let i = 0; i <= steps; i++) {
      this.dot(fromX + ((toX - fromX) * i) / steps, fromY + ((toY - fromY) * i) / steps, tone);
    }
  }

  /** The rows from the top, neighbouring cells of one tone together. */
  lines(): Line[] {
    return Array.from({ length: this.rows }, (_, row) => this.line(row));
  }

  private line(row: number): Line {
    const spans: { text: string; tone: Tone }[] = [];
    for (let column = 0; column < this.columns; column++) {
      const cell = row * this.columns + column;
      const text = this.dots[cell] === 0 ? ' ' : String.fromCharCode(0x2800 + this.dots[cell]!);
      const last = spans.at(-1);
      const tone = this.tones[cell] ?? last?.tone ?? 'plain';
      if (last?.tone === tone) last.text += text;
      else spans.push({ text, tone });
    }
    return spans;
  }
}
