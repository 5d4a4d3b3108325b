// JSON that people write: where it goes wrong, and that only wrong JSON does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfString, parseJson } from '../../src/system/json.js';

function messageFor(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

describe('a fault in JSON', () => {
  it('is shown with its line, its column and the line itself', () => {
    expect(messageFor('{\n  "name": "x"\n  "data": {}\n}')).toBe(
      `expected ',' or '}' at line 3, column 3, got '"'\n  3 |   "data": {}\n    |   ^`,
    );
  });

  it.each([
    ['{"a": 1,}', "expected a key in double quotes at line 1, column 9, got '}'"],
    ['[1, 2', "expected ',' or ']' at line 1, column 6, got the end of the file"],
    ["{'a': 1}", "expected a key in double quotes or '}' at line 1, column 2, got '''"],
    ['{"a": 1} // no', "expected the end of the file at line 1, column 10, got '/'"],
    ['{"a" 1}', "expected ':' at line 1, column 6, got '1'"],
    ['{"a": .5}', "expected a value at line 1, column 7, got '.'"],
    ['{"a": 1e-}', "expected ',' or '}' at line 1, column 8, got 'e'"],
    [
      '{"a": "b\nc"}',
      'expected the rest of a string and its closing quote at line 1, column 9, got the end of the line',
    ],
    ['', 'expected a value at line 1, column 1, got the end of the file'],
    ['{\r\n"a": tru\r\n}', "expected a value at line 2, column 6, got 't'"],
  ])('%j: %s', (text, message) => {
    expect(messageFor(text).startsWith(`${message}\n  `)).toBe(true);
  });

  it('is shown in the middle of a long line', () => {
    const message = messageFor(`[${'1, '.repeat(200)}x]`);
    const [, line = '', mark = ''] = message.split('\n');
    expect(line.length).toBeLessThan(110);
    expect(line[mark.indexOf('^')]).toBe('x');
  });

  it('is found below a hundred thousand levels', () => {
    expect(messageFor('['.repeat(100_000))).toMatch(/^expected a value at line 1, column 100001/);
  });
});

it('what JSON.parse reads is read, with a byte order mark too', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(`\uFEFF${text}`)).toEqual(JSON.parse(text));
    }),
  );
});

it('what JSON.parse refuses has a fault that is told', () => {
  const damaged = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', 'x', ':', '\\', '\n', '-'));
  fc.assert(
    fc.property(damaged, ([text, position, put]) => {
      const at = position % (text.length + 1);
      const wrong = text.slice(0, at) + put + text.slice(at + 1);
      try {
        JSON.parse(wrong);
      } catch {
        expect(messageFor(wrong)).toMatch(/^expected [^]* at line \d+, column \d+, got /);
      }
    }),
    { numRuns: 2000 },
  );
});

describe('the end of a string', () => {
  it('is where JSON.parse has it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (content, after) => {
        const text = JSON.stringify(content);
        expect(endOfString(`${text}${after}`, 0)).toBe(text.length);
      }),
    );
  });

  it('is nowhere where it is never closed', () => {
    for (const text of ['"', '"a\\"', '"\\\\\\"']) expect(endOfString(text, 0)).toBeUndefined();
  });
});

it('a fault after a string of twelve million characters is told', () => {
  expect(messageFor(`{"a": "${'x'.repeat(12_000_000)}",}`)).toMatch(
    /^expected a key in double quotes at line 1, column 120000/,
  );
});
