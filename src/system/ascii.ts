// Text for terminals that have no UTF-8: each of the program's own signs as one of ASCII, in as many cells.

/** Signs that are letters, marks and lines in UTF-8; bars and curves follow below. */
const SIGNS: Readonly<Record<string, string>> = {
  '–': '-',
  '—': '-',
  '−': '-',
  '·': '.',
  '…': '~',
  '×': 'x',
  '±': '~',
  '≤': '<',
  '≥': '>',
  '≈': '~',
  '∅': '0',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '²': '2',
  '√': 'V',
  '←': '<',
  '→': '>',
  '↑': '^',
  '↓': 'v',
  '‹': '<',
  '›': '>',
  '★': '*',
  '○': 'o',
  '●': '@',
  '‖': '=',
  '✓': '+',
  '▼': 'v',
  '✗': 'x',
  '─': '-',
  '━': '=',
  '╸': '=',
  '│': '|',
  '└': '+',
  '┬': '+',
  '╶': '[',
  '╴': ']',
};
/** Heights from low to high (U+2581 to U+2588). */
const HEIGHTS = '_.-=+*%#';
/** The dots of a braille cell in its left column, its right one and its upper half. */
const [LEFT, RIGHT, UPPER] = [0x47, 0xb8, 0x1b];

const KNOWN = new RegExp(`[${Object.keys(SIGNS).join('')}\u2581-\u2588\u2800-\u28ff]`, 'gu');

/** The text with each of the program's signs as one character of ASCII. Names in other scripts stay as they are. */
export function asciiCells(text: string): string {
  return text.replace(KNOWN, (sign) => {
    const code = sign.charCodeAt(0);
    if (code >= 0x2800 && code <= 0x28ff) return dotsOf(code - 0x2800);
    return SIGNS[sign] ?? HEIGHTS[code - 0x2581] ?? '?';
  });
}

/** Like `asciiCells`, for lines that need not keep their width. */
export function asciiText(text: string): string {
  return asciiCells(text.replaceAll('…', '...').replaceAll('±', '+-'));
}

/** A curve that lies high, low, or steep in its cell. */
function dotsOf(dots: number): string {
  if (dots === 0) return ' ';
  const isColumn = dots === LEFT || dots === RIGHT;
  const [upper, lower] = [dots & UPPER, dots & ~UPPER];
  if (isColumn || (upper !== 0 && lower !== 0)) return isColumn ? '|' : ':';
  return upper !== 0 ? "'" : '.';
}

/**
 * Whether a terminal shows UTF-8: where the locale (POSIX, 8.2) does not name another encoding. A locale that is not set says nothing.
 * Linux's own console has too few characters.
 */
export function showsUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return env['TERM'] !== 'linux' && (locale === undefined || /utf-?8/i.test(locale));
}
