// Keeps onnxruntime from reporting to its maker: it does so on every platform unless this variable is set before its library loads.
import { isMainThread } from 'node:worker_threads';

const SWITCH = 'ORT_DISABLE_TELEMETRY';

/**
 * To be called before `onnxruntime-node` is first imported in a process. A value that the user has set stays.
 *
 * Native code reads the environment of the process. Only the main thread can change that; a worker thread has a copy, made when the
 * thread started.
 * @returns whether the variable is set; never false in the main thread.
 */
export function disableTelemetry(): boolean {
  if (isMainThread) process.env[SWITCH] ??= '1';
  return process.env[SWITCH] !== undefined;
}
