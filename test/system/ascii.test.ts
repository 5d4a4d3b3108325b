// Signs for terminals without UTF-8.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asciiCells, asciiText, showsUtf8 } from '../../src/system/ascii.js';
import { widthOf } from '../../src/system/text-width.js';

// eslint-disable-next-line no-control-regex -- what ASCII is
const ASCII = /^[\u0000-\u007f]*$/;
const src = join(import.meta.dirname, '../../src');

/** What stands in the strings of the program, not in its comments. */
function signsOf(folder: string): Set<string> {
  const files = readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.tsx?$/.test(path),
  );
  const code = files.map((path) => {
    return readFileSync(join(src, folder, path), 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/(^|\s)\/\/.*$/gm, '');
  });
  return new Set(code.join('').match(/[^\u0000-\u007f]/gu) ?? []); // eslint-disable-line no-control-regex
}

describe('a terminal without UTF-8', () => {
  it.each(['dashboard', 'cli', 'app', 'controller', 'search', 'study'])(
    'has a sign for each that %s writes',
    (folder) => {
      for (const sign of signsOf(folder)) {
        if (/\p{L}/u.test(sign)) continue;
        const shown = asciiCells(sign);
        expect(shown, `U+${sign.codePointAt(0)?.toString(16)}`).toMatch(ASCII);
        expect(widthOf(shown)).toBe(widthOf(sign));
      }
    },
  );

  it('has signs for braille, bars and heights, by where the dots lie', () => {
    expect(asciiCells('▁▂▃▄▅▆▇█')).toBe('_.-=+*%#');
    expect(asciiCells('\u2800\u2809\u28c0\u28c9\u2847\u28b8')).toBe(" '.:||");
    expect(asciiCells('── ━━╸─ │└')).toBe('-- ===- |+');
    for (let code = 0x2800; code <= 0x28ff; code++)
      expect(asciiCells(String.fromCharCode(code))).toMatch(/^[\u0020-\u007e]$/);
  });

  it('has what people write in a line', () => {
    expect(asciiText('0.7467 … 0.8624, ±0.01, 4–5')).toBe('0.7467 ... 0.8624, +-0.01, 4-5');
  });

  it('keeps names in other scripts', () => expect(asciiText('müde 蜂')).toBe('müde 蜂'));
});

describe('whether a terminal shows UTF-8', () => {
  it.each([
    [{}, true],
    [{ LANG: 'C.UTF-8' }, true],
    [{ LANG: 'de_DE.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }, true],
    [{ LC_CTYPE: 'POSIX', LANG: 'en_US.UTF-8' }, false],
    [{ LANG: 'en_US.ISO-8859-1' }, false],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, false],
  ])('%j: %s', (env, shows) => expect(showsUtf8(env)).toBe(shows));
});
