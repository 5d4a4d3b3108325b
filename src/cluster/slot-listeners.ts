// What trainers say on other machines and how their slots do, passed on to whoever listens to the study.
import type { MeasuredSlot, WorkerMessage } from './messages.js';

export interface SlotListeners {
  /** Told what trainers log and print. */
  readonly onLog?: (slot: number, line: string, machine: string) => void;
  readonly onWarning?: (message: string) => void;
  readonly onMeasured?: (slot: number, measured: MeasuredSlot) => void;
}

/** @param slot of the study; undefined where the message is of no trial that is trained now. @param host of the worker. */
export function passOn(
  message: Extract<WorkerMessage, { lines: string[] }>,
  { onLog, onWarning, onMeasured }: SlotListeners,
  slot: number | undefined,
  host: string,
): void {
  for (const line of message.lines) onLog?.(slot ?? 0, line, host);
  for (const warning of message.warnings) onWarning?.(warning);
  if (message.type !== 'said' || slot === undefined) return;
  for (const one of message.measured) onMeasured?.(slot, one);
}
