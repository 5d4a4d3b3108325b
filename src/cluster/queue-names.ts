// How the queues of a study are called.

/** Workers with nothing to do ask here for a study. One for all studies of an address. */
export const HELLO = 'hello';

/** Trials that any worker may take. */
export function offersOf(study: string): string {
  return `${study}.trials`;
}

/** What workers tell and ask. */
export function reportsOf(study: string): string {
  return `${study}.reports`;
}

/** Whether the study is over. */
export function marksOf(study: string): string {
  return `${study}.open`;
}
