// Pruner options that come from code rather than from a validated study file.
import { HpoError } from '../../study/errors.js';
import type { PrunerOptions } from '../../study/pruner-options.js';

const whole = (least: number) => ({
  test: (x: number) => Number.isSafeInteger(x) && x >= least,
  words: `an integer of at least ${least}`,
});
const within = (low: number, high: number) => ({
  test: (x: number) => x > low && x < high,
  words: `a number between ${low} and ${high}`,
});

const RANGES: Readonly<Record<string, { readonly test: (value: number) => boolean; readonly words: string }>> = {
  minEpochs: whole(1),
  startupTrials: whole(0),
  patience: whole(1),
  reduction: whole(2),
  percentile: within(0, 100),
  bound: { test: Number.isFinite, words: 'a finite number' },
  minDelta: { test: (x) => x >= 0 && x < Infinity, words: 'a number of at least 0' },
  breadth: { test: (x) => x > 0 && x < Infinity, words: 'a number above 0' },
};
const CONFIDENCE = within(0.5, 1);

/** Throws ERR_USAGE naming the first option that is out of its range. */
export function checkPrunerOptions(options: PrunerOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const range = RANGES[name];
    if (range === undefined || value === undefined) continue;
    if (typeof value !== 'number' || !range.test(value)) throw outOfRange(name, range.words, value);
  }
  const significance = 'significance' in options ? options.significance : undefined;
  if (significance !== undefined && !CONFIDENCE.test(significance.confidence)) {
    throw outOfRange('significance.confidence', CONFIDENCE.words, significance.confidence);
  }
}

function outOfRange(name: string, expected: string, value: unknown): HpoError {
  return new HpoError('ERR_USAGE', `expected ${expected}, got ${String(value)} at pruner.${name}`);
}
