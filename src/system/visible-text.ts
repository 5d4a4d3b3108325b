// Text as it is put on a terminal or into a log: characters that would control the terminal are shown as what they are.

/**
 * Controls but line breaks and tabs (an escape sequence begins with one), characters that change the direction of text or break lines,
 * and invisible tags.
 */
const HIDDEN =
  // eslint-disable-next-line no-control-regex -- exactly these must not reach the terminal
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/gu;

/**
 * The text with such characters as `\u001b`. The same holds within JSON, where it means the character itself.
 * @param kept sequences that stay as they are: the colours that the program itself writes.
 */
export function visibleText(text: string, kept?: RegExp): string {
  if (kept === undefined) return text.replace(HIDDEN, escaped);
  let shown = '';
  let end = 0;
  for (const { 0: sequence, index } of text.matchAll(kept)) {
    shown += visibleText(text.slice(end, index)) + sequence;
    end = index + sequence.length;
  }
  return shown + visibleText(text.slice(end));
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }).join('');
}
