// JSON that people write: what is wrong with it is said with line, column and the line itself.

/**
 * The place after the closing quote of the string that begins at `start` with its opening quote; undefined where it is never closed. Takes a
 * time in proportion to the string, whatever is in it; a regular expression may take the square of that, or a stack as deep.
 */
export function endOfString(text: string, start: number): number | undefined {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return undefined;
}

/** Where a text stops being JSON. */
interface Fault {
  /** Index of the first character that does not fit. */
  readonly at: number;
  readonly expected: string;
}

/** @throws SyntaxError such as "expected ',' or '}' at line 3, column 5, got '\"'", with the line below. A byte order mark is passed over. */
export function parseJson(text: string): unknown {
  const bare = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(bare);
  } catch (error) {
    const fault = new Scanner(bare).fault();
    if (fault === undefined) throw error;
    throw new SyntaxError(describe(bare, fault), { cause: error });
  }
}

function describe(text: string, { at, expected }: Fault): string {
  const before = text.slice(0, at).split(/\r\n|[\r\n]/);
  const column = (before.at(-1) ?? '').length + 1;
  const line = text.slice(at - column + 1).split(/[\r\n]/, 1)[0] ?? '';
  const found = foundAt(text, at);
  const { shown, offset } = windowOf(line, column - 1);
  const number = String(before.length);
  return [
    `expected ${expected} at line ${number}, column ${column}, got ${found}`,
    `  ${number} | ${shown}`,
    `  ${' '.repeat(number.length)} | ${' '.repeat(offset)}^`,
  ].join('\n');
}

function foundAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return 'the end of the file';
  if (code === 10 || code === 13) return 'the end of the line';
  return code < 32
    ? `the control character U+${code.toString(16).padStart(4, '0')}`
    : `'${String.fromCodePoint(code)}'`;
}

const WIDTH = 70;

/** The part of a long line around the fault; tabs would move the mark. */
function windowOf(line: string, at: number): { shown: string; offset: number } {
  const start = at < WIDTH ? 0 : at - WIDTH / 2;
  const shown = line.slice(start, start + WIDTH + 20).replaceAll('\t', ' ');
  return { shown: `${start > 0 ? '…' : ''}${shown}`, offset: at - start + (start > 0 ? 1 : 0) };
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
/** Unescaped characters as RFC 8259 has them. */
const CHARACTERS = /[ !#-[\]-\u{10ffff}]+/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** Reads JSON (RFC 8259) to the first character that does not fit. Keeps its own stack: nesting may be deep. */
class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  /** Undefined where the text is JSON. */
  fault(): Fault | undefined {
    const closers: string[] = [];
    for (;;) {
      this.take(SPACE);
      const opened = this.text[this.at];
      if (opened === '{' || opened === '[') {
        this.at++;
        const closer = opened === '{' ? '}' : ']';
        this.take(SPACE);
        if (this.text[this.at] !== closer) {
          closers.push(closer);
          const fault = closer === '}' ? this.key("a key in double quotes or '}'") : undefined;
          if (fault !== undefined) return fault;
          continue;
        }
        this.at++;
      } else {
        const fault = this.scalar();
        if (fault !== undefined) return fault;
      }
      // A value has ended; so may have what it lies in.
      for (;;) {
        this.take(SPACE);
        const closer = closers.at(-1);
        if (closer === undefined) return this.at < this.text.length ? this.expected('the end of the file') : undefined;
        if (this.text[this.at] === ',') break;
        if (this.text[this.at] !== closer) return this.expected(`',' or '${closer}'`);
        this.at++;
        closers.pop();
      }
      this.at++;
      const fault = closers.at(-1) === '}' ? this.key('a key in double quotes') : undefined;
      if (fault !== undefined) return fault;
    }
  }

  private key(what: string): Fault | undefined {
    this.take(SPACE);
    if (this.text[this.at] !== '"') return this.expected(what);
    const fault = this.string();
    if (fault !== undefined) return fault;
    this.take(SPACE);
    if (this.text[this.at] !== ':') return this.expected("':'");
    this.at++;
    return undefined;
  }

  private scalar(): Fault | undefined {
    if (this.text[this.at] === '"') return this.string();
    return this.take(NUMBER) || this.take(WORD) ? undefined : this.expected('a value');
  }

  private string(): Fault | undefined {
    this.at++;
    // In a loop: one pattern for all would need a stack as deep as the string is long.
    while (this.take(CHARACTERS) || this.take(ESCAPE));
    if (this.text[this.at] !== '"') return this.expected('the rest of a string and its closing quote');
    this.at++;
    return undefined;
  }

  /** Whether something was taken. */
  private take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const [taken = ''] = pattern.exec(this.text) ?? [];
    this.at += taken.length;
    return taken.length > 0;
  }

  private expected(expected: string): Fault {
    return { at: this.at, expected };
  }
}
