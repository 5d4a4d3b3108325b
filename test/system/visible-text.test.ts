// What reaches a terminal: everything that a person reads as it is, everything that would control the terminal as an escape.
import { describe, expect, it } from 'vitest';
import { COLOURED, COLOURS } from '../../src/cli/style.js';
import { oneLine } from '../../src/system/text-width.js';
import { visibleText } from '../../src/system/visible-text.js';

describe('text for a terminal', () => {
  it.each(['plain', 'Größe, ant 🐜, 漢字, שלום', 'two\nlines\tand a tab', '👩‍🔬'])('leaves %j as it is', (text) => {
    expect(visibleText(text)).toBe(text);
  });

  it.each([
    ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['\u001b[2J', '\\u001b[2J'],
    ['\u009b31m', '\\u009b31m'],
    ['ab\rcd', 'ab\\u000dcd'],
    ['\b\u007f', '\\u0008\\u007f'],
    ['gnp.\u202ejpg', 'gnp.\\u202ejpg'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['\u{e0041}', '\\udb40\\udc41'],
  ])('shows %j as %s', (text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it('keeps the program’s own colours and no other sequence', () => {
    const text = `${COLOURED.red('\u001b[8mhidden')} \u001b]8;;x\u0007`;
    expect(visibleText(text, COLOURS)).toBe('\u001b[31m\\u001b[8mhidden\u001b[39m \\u001b]8;;x\\u0007');
    const { bold, dim, red, green, yellow } = COLOURED;
    for (const style of [bold, dim, red, green, yellow]) expect(visibleText(style('a'), COLOURS)).toBe(style('a'));
    expect(visibleText(COLOURED.red('a'))).not.toContain('\u001b');
  });

  it('means the same within JSON', () => {
    const value = { name: '\u202e\u001b[2J\u{e0041}' };
    expect(JSON.parse(visibleText(JSON.stringify(value)))).toEqual(value);
  });
});

it('the dashboard shows none of them', () => {
  expect(oneLine('a\u001b[2J\u202eb\u2066')).toBe('a [2J b ');
});
