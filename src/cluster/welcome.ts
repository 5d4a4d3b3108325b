// What a worker is told that looks for a study.
import type { Machines } from './machines.js';
import { type Answer, PROTOCOL, type StudyForWorkers, type WorkerMessage } from './messages.js';

/** The study, or why the worker cannot take part. */
export function welcomeTo(
  study: StudyForWorkers,
  machines: Machines,
  { protocol, host, version }: Extract<WorkerMessage, { type: 'hello' }>,
): Answer {
  const reason =
    protocol !== PROTOCOL
      ? `the study runs on hpo ${study.version}, the worker is hpo ${version}: install the study's version here`
      : machines.refusalOfHost(host);
  return reason === undefined ? { type: 'study', study } : { type: 'refused', reason };
}
