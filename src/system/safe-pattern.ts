// Regular expressions that somebody else may have written: RE2's syntax, matched in time linear in the text, without backtracking.
import { RE2JS } from 're2js';

export interface SafePattern {
  /**
   * What of the text the expression captures: its groups with a space between, or the whole match where it has none. Undefined where it
   * matches nothing.
   */
  capture(text: string): string | undefined;
}

/** @throws SyntaxError that says what RE2 does not take. */
export function safePattern(source: string): SafePattern {
  const pattern = compile(source);
  const groups = pattern.groupCount();
  return {
    capture(text) {
      const matcher = pattern.matcher(text);
      if (!matcher.find()) return undefined;
      if (groups === 0) return matcher.group() ?? '';
      const captured = Array.from({ length: groups }, (_, i) => matcher.group(i + 1) ?? '');
      return captured.filter((one) => one !== '').join(' ');
    },
  };
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(message.replace(/^error parsing regexp: /, ''), { cause: error });
  }
}

/** What is wrong with a pattern; undefined where nothing is. */
export function patternProblem(source: string): string | undefined {
  try {
    compile(source);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
