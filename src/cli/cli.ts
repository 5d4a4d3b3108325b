// What every command is given: where to write, and how to say how it went.
import type { ExitCode } from './exit-code.js';
import type { Terminal } from './terminal.js';

export interface Cli {
  readonly terminal: Terminal;
  /** The process's exit code once the command is over; 0 where a command does not say. */
  exitCode: ExitCode;
}

/** Writes a result for programs: one JSON document, indented. */
export function writeJson({ terminal }: Cli, value: unknown): void {
  terminal.out.data(JSON.stringify(value, null, 2));
}
