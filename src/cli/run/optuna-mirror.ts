// Keeps an Optuna journal of a running study up to date, for optuna-dashboard.
import { type WriteStream, createWriteStream, readFileSync, statSync, truncateSync } from 'node:fs';
import { continuationOf } from '../../report/formats/optuna-continuation.js';
import { OptunaMirror } from '../../report/formats/optuna-journal.js';
import { HpoError } from '../../study/errors.js';
import type { Outlet } from '../terminal.js';
import type { StudySession } from '../../app/open-study.js';
import type { RunView } from './run-view.js';

/**
 * Brings the file to where the study is, then adds to it. Where it cannot be written a warning says so, and the study goes on.
 * Throws ERR_USAGE where the file is something else than an Optuna journal, and leaves it alone.
 */
export function optunaMirror({ definition, past }: StudySession, file: string, err: Outlet): RunView {
  const mirror = new OptunaMirror(definition);
  const missing = prepare(file, past.map((event) => mirror.lines(event)).join(''));
  // Others, such as optuna-dashboard with a person's notes, may append too: never at a position of our own.
  let stream: WriteStream | undefined = createWriteStream(file, { flags: 'a' });
  stream.on('error', (error) => {
    stream = undefined;
    err.line(`${err.style.yellow('warning:')} the mirror is no longer updated: ${error.message}`);
  });
  stream.write(missing);
  return {
    event: (event) => {
      const lines = mirror.lines(event);
      if (lines !== '') stream?.write(lines);
    },
    close: () => new Promise((resolve) => (stream === undefined ? resolve() : stream.end(resolve))),
  };
}

/** Cuts off what an earlier session left unfinished. @returns what is to be appended. */
function prepare(file: string, expected: string): string {
  // A pipe or device has no past.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return expected;
  const existing = readFileSync(file, 'utf8');
  const continuation = continuationOf(existing, expected);
  if (continuation === undefined) {
    throw new HpoError(
      'ERR_USAGE',
      `expected an Optuna journal, or no file yet, at --mirror ${file}, got something else; the file was not changed`,
    );
  }
  if (continuation.keep < Buffer.byteLength(existing)) truncateSync(file, continuation.keep);
  return continuation.missing;
}
