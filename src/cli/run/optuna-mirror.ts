// Keeps an Optuna journal of a running study up to date, for optuna-dashboard.
import { type WriteStream, createWriteStream } from 'node:fs';
import { OptunaMirror } from '../../report/formats/optuna-journal.js';
import type { Outlet } from '../terminal.js';
import type { StudySession } from './study-session.js';
import type { RunView } from './view.js';

/** Writes the file anew, then adds to it. Where it cannot be written a warning says so, and the study goes on. */
export function optunaMirror({ definition, past }: StudySession, file: string, err: Outlet): RunView {
  const mirror = new OptunaMirror(definition);
  let stream: WriteStream | undefined = createWriteStream(file);
  stream.on('error', (error) => {
    stream = undefined;
    err.line(`${err.style.yellow('warning:')} the mirror stops: ${error.message}`);
  });
  for (const event of past) stream.write(mirror.lines(event));
  return {
    event: (event) => void stream?.write(mirror.lines(event)),
    close: () => new Promise((resolve) => (stream === undefined ? resolve() : stream.end(resolve))),
  };
}
