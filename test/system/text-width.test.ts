// Text made to fit a terminal's cells.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, fit, oneLine, widthOf, wrap } from '../../src/system/text-width.js';

describe('widthOf', () => {
  it.each([
    ['learningRate', 12],
    ['▁▂▃━╸⣿', 6],
    ['蚂蚁', 4],
    ['e\u0301', 1],
    ['🐝', 2],
    ['👩‍🔬', 2],
    ['🇩🇪', 2],
  ])('of %s is %i', (text, width) => expect(widthOf(text)).toBe(width));
});

describe('fit', () => {
  it('takes exactly the width that it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.integer({ min: 0, max: 20 }), (text, width) => {
        expect(widthOf(fit(oneLine(text), width))).toBe(width);
      }),
    );
  });

  it('does not leave half of a wide character', () => expect(fit('蚂蚁', 3)).toBe('蚂…'));

  it('aligns to the right', () => expect(fit('12', 5, 'right')).toBe('   12'));
});

describe('cut', () => {
  it('says with an ellipsis that something is missing', () => expect(cut('augmentation', 6)).toBe('augme…'));
  it('leaves what fits alone', () => expect(cut('l2', 6)).toBe('l2'));
});

describe('oneLine', () => {
  it('lets no escape sequence or line break through to the terminal', () => {
    expect(oneLine('a\u001b[2J\nb')).toBe('a [2J b');
  });
});

describe('wrap', () => {
  it('breaks between words and keeps every line within the width', () => {
    expect(wrap('0.71 against a median of 0.83', 14, 3)).toEqual(['0.71 against a', 'median of 0.83']);
  });
  it('breaks a word that is longer than a line', () => expect(wrap('aaaaaaaa', 3, 5)).toEqual(['aaa', 'aaa', 'aa']));
  it('cuts the last line that it may have', () => expect(wrap('one two three', 5, 2)).toEqual(['one', 'two …']));
});
