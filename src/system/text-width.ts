// Text in a terminal's cells: how wide it is, and made to fit.
import stringWidth from 'string-width';

const plain = /^[\x20-\x7e]*$/;
// eslint-disable-next-line no-control-regex -- exactly these must not reach the terminal
const control = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Cells that the text takes; it must hold no control characters. */
export function widthOf(text: string): number {
  return plain.test(text) ? text.length : stringWidth(text);
}

/** One line of text without characters that move the cursor or turn the text round, safe to put on a screen. */
export function oneLine(text: string): string {
  return plain.test(text) ? text : text.replace(control, ' ');
}

/** The text in at most `width` cells, cut with an ellipsis where it is longer. */
export function cut(text: string, width: number): string {
  if (width <= 0) return '';
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text in exactly `width` cells, cut or padded. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const kept = cut(text, width);
  const padding = ' '.repeat(Math.max(0, width - widthOf(kept)));
  return align === 'left' ? kept + padding : padding + kept;
}

/** The text broken between words into lines of at most `width` cells; the last of `most` lines is cut with an ellipsis. */
export function wrap(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let rest = text.trimEnd();
  while (lines.length < most - 1 && widthOf(rest) > width) {
    const head = rest.slice(0, fittingLength(rest, width) + 1);
    const space = head.lastIndexOf(' ');
    const length = space > 0 ? space : Math.max(1, head.length - 1);
    lines.push(rest.slice(0, length));
    rest = rest.slice(length).trimStart();
  }
  return [...lines, cut(rest, width)];
}

/** How much of the text, in UTF-16 units, fits into `width` cells. */
function fittingLength(text: string, width: number): number {
  let used = 0;
  let length = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    length += segment.length;
  }
  return length;
}
