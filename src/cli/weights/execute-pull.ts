// Downloads weights into this machine's cache, and says how far it is.
import { pullWeights } from '../../app/pull-weights.js';
import type { Cli } from '../cli.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { onInterrupt } from '../run/interrupts.js';

/** Prints the file. @returns the exit code; throws what kept it from downloading: ERR_BACKBONE, ERR_USAGE, ERR_WEIGHTS. */
export async function executePull({ terminal }: Cli, name: string, wanted?: string): Promise<ExitCode> {
  const { out, err } = terminal;
  const abort = new AbortController();
  const stopListening = onInterrupt((times) => {
    if (times > 1) process.exit(EXIT.interrupted);
    abort.abort();
  });
  try {
    const { file, notes } = await pullWeights(name, {
      file: wanted,
      signal: abort.signal,
      onProgress: (line) => err.line(line),
    });
    out.line(file);
    for (const note of notes) err.line(note);
    return EXIT.done;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    err.line('stopped; the same command continues');
    return EXIT.interrupted;
  } finally {
    stopListening();
  }
}
