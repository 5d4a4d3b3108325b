// What a worker is told that looks for a study.
import type { Machines } from './machines.js';
import { type Answer, PROTOCOL, type StudyForWorkers, type WorkerMessage } from './messages.js';

/** Milliseconds in which the controller of another study can welcome a worker that cannot take part in this one. */
const ASIDE = 1000;

/** The study, or why the worker cannot take part; `noted` where it has found that out itself, and is to ask again. */
export async function welcomeTo(
  study: StudyForWorkers,
  machines: Machines,
  { protocol, host, version, unfit = [] }: Extract<WorkerMessage, { type: 'hello' }>,
): Promise<Answer> {
  if (unfit.includes(study.id)) {
    await new Promise((resolve) => setTimeout(resolve, ASIDE));
    return { type: 'noted' };
  }
  const reason =
    protocol !== PROTOCOL
      ? `the study runs on hpo ${study.version}, the worker is hpo ${version}: install the study's version here`
      : machines.refusalOfHost(host);
  return reason === undefined ? { type: 'study', study } : { type: 'refused', reason };
}
