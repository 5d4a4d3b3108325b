// What a trial's numbers follow from, as one short text: two trials of the same number may have other parameters.
import { createHash } from 'node:crypto';
import type { Assignment } from '../study/trial-runner.js';

/** SHA-256 of parameters in any order, seed, source and fold: its first 16 hexadecimal digits. */
export function digestOf({ trial, parameters, seed, source, fold }: Assignment): string {
  const ordered = Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const all = [trial, seed, source ?? null, ordered, fold ? [fold.index, fold.folds, fold.repeat, fold.part] : null];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16);
}
