// The output of a child process: passed on line by line, and the last of it kept.
import type { Readable } from 'node:stream';

/** Characters: enough for what a runtime says before it dies. */
const KEPT = 8192;

export class TextTail {
  private kept = '';

  add(text: string): void {
    this.kept = (this.kept + text).slice(-KEPT);
  }

  get text(): string {
    return this.kept;
  }
}

/** Calls `onLine` for each line that is not empty, and for what is left at the end. */
export function linesFrom(
  stream: Readable | null,
  onLine: (line: string) => void,
  onText: (text: string) => void = () => {},
): void {
  let rest = '';
  const pass = (line: string): void => {
    if (line.trim() !== '') onLine(line);
  };
  stream?.setEncoding('utf8').on('data', (text: string) => {
    onText(text);
    const lines = (rest + text).split('\n');
    rest = (lines.pop() as string).slice(-KEPT);
    lines.forEach(pass);
  });
  stream?.on('end', () => pass(rest));
}
