// A line of the screen: spans of text, each with a meaning that the theme turns into a colour, or into none.
import { cut, widthOf } from '../../system/text-width.js';

/** What a span means. Meaning is never in the colour alone: a sign or a word says it too. */
export type Tone = 'plain' | 'muted' | 'strong' | 'best' | 'running' | 'completed' | 'pruned' | 'failed' | 'warning';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
  /** Swapped foreground and background: the row that is selected. */
  readonly inverse?: boolean;
}

export type Line = readonly Span[];

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The line in exactly `width` cells. */
export function fitLine(line: Line, width: number): Line {
  const kept = cutLine(line, width);
  const left = width - lineWidth(kept);
  return left > 0 ? [...kept, span(' '.repeat(left))] : kept;
}

/** The line in at most `width` cells. */
export function cutLine(line: Line, width: number): Line {
  const fitted: Span[] = [];
  let left = width;
  for (const one of line) {
    if (left <= 0) break;
    const text = cut(one.text, left);
    fitted.push({ ...one, text });
    left -= widthOf(text);
    if (text !== one.text) break;
  }
  return fitted;
}

/** The parts at both ends of `width` cells; what is on the right is kept whole, what is on the left is cut. */
export function spread(left: Line, right: Line, width: number): Line {
  const rightWidth = lineWidth(right);
  if (rightWidth >= width) return fitLine(right, width);
  return [...fitLine(left, Math.max(0, width - rightWidth - 1)), span(' '), ...right];
}

/** A heading with a rule to the end of the line. */
export function heading(title: string, width: number, right: Line = []): Line {
  const rightWidth = lineWidth(right);
  const text = cut(title, Math.max(0, width - rightWidth - 4));
  const rule = Math.max(0, width - widthOf(text) - rightWidth - 4);
  return fitLine(
    [
      span('─ ', 'muted'),
      span(text, 'strong'),
      span(` ${'─'.repeat(rule)}${right.length === 0 ? '─' : ' '}`, 'muted'),
      ...right,
    ],
    width,
  );
}
