// Bars and cells of a row.
import { type Line, type Tone, span } from './line.js';
import { fit } from '../../system/text-width.js';

export interface Cell {
  readonly text: string;
  readonly width: number;
  readonly align?: 'left' | 'right';
  readonly tone?: Tone;
}

/** The cells of a row, one space apart. */
export function row(cells: readonly Cell[]): Line {
  return cells.flatMap((cell, i) => {
    const text = fit(cell.text, cell.width, cell.align);
    return i === 0 ? [span(text, cell.tone)] : [span(' '), span(text, cell.tone)];
  });
}

/** A progress bar of `width` cells for a share in [0, 1], in steps of half a cell. */
export function bar(share: number, width: number, tone: Tone): Line {
  const halves = Math.round(Math.min(1, Math.max(0, share)) * width * 2);
  const full = Math.floor(halves / 2);
  const half = halves % 2 === 1 ? '╸' : '';
  return [span('━'.repeat(full) + half, tone), span('─'.repeat(Math.max(0, width - full - half.length)), 'muted')];
}
