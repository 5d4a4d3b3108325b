// Downloads a backbone's official weights into this machine's cache.
import { getBackbone } from '../../backbones/registry.js';
import { pullWeights } from '../../backbones/weights/pretrained-cache.js';
import type { Cli } from '../cli.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { formatBytes } from '../../system/format.js';
import { onInterrupt } from '../run/interrupts.js';
import type { Outlet } from '../terminal.js';

const PROGRESS_EVERY_MS = 1000;

/** Prints the file. @returns the exit code; throws what kept it from downloading: ERR_BACKBONE, ERR_WEIGHTS. */
export async function executePull({ terminal }: Cli, name: string): Promise<ExitCode> {
  const { out, err } = terminal;
  const backbone = getBackbone(name);
  const abort = new AbortController();
  const stopListening = onInterrupt((times) => {
    if (times > 1) process.exit(EXIT.interrupted);
    abort.abort();
  });
  try {
    const onProgress = downloadProgress(backbone.name, err);
    out.line(await pullWeights(backbone, { signal: abort.signal, onProgress }));
    err.line(`the weights of ${backbone.name} are downloaded; backbone.weights is not needed`);
    return EXIT.done;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    err.line('stopped; the same command continues');
    return EXIT.interrupted;
  } finally {
    stopListening();
  }
}

/** A line at the start, and one every now and then. */
function downloadProgress(name: string, err: Outlet): (received: number, total: number | undefined) => void {
  let saidAt = -Infinity;
  return (received, total) => {
    const now = performance.now();
    if (now - saidAt < PROGRESS_EVERY_MS && received !== total) return;
    saidAt = now;
    const share = total === undefined ? '' : ` of ${formatBytes(total)} (${Math.floor((100 * received) / total)} %)`;
    err.line(`${name}: ${formatBytes(received)}${share}`);
  };
}
