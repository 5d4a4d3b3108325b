// The values of a study in the order of its trials, thinned to a bounded number of points however many trials there are.
import { must } from '../../system/must.js';
import { type Objective, isBetter } from '../../study/objective.js';

/** Neighbouring trials' values, ascending; the extremes are among them whatever was thinned out. */
export type Bucket = readonly number[];

const VALUES_PER_BUCKET = 6;

export class ValueBuckets {
  private readonly buckets: number[][] = [];
  private span = 1;

  constructor(
    private readonly objective: Objective,
    private readonly capacity = 256,
  ) {}

  /** Trials to a bucket. */
  get trialsPerBucket(): number {
    return this.span;
  }

  /** Adds a finite value of a trial. */
  add(trial: number, value: number): void {
    if (!Number.isFinite(value)) return;
    while (trial >= this.span * this.capacity) this.widen();
    const position = Math.floor(trial / this.span);
    while (this.buckets.length <= position) this.buckets.push([]);
    insert(must(this.buckets[position], 'a bucket'), value);
  }

  /** By position: bucket i holds trials i · trialsPerBucket and on. */
  all(): readonly Bucket[] {
    return this.buckets;
  }

  /** The best value up to each bucket; undefined before the first. */
  bestSoFar(): (number | undefined)[] {
    let best: number | undefined;
    return this.buckets.map((bucket) => {
      const value = this.objective.direction === 'maximize' ? bucket.at(-1) : bucket[0];
      if (value !== undefined && (best === undefined || isBetter(this.objective, value, best))) best = value;
      return best;
    });
  }

  private widen(): void {
    this.span *= 2;
    const half = Math.ceil(this.buckets.length / 2);
    for (let i = 0; i < half; i++) {
      const merged = [...must(this.buckets[2 * i], 'a bucket')];
      for (const value of this.buckets[2 * i + 1] ?? []) insert(merged, value);
      this.buckets[i] = merged;
    }
    this.buckets.length = half;
  }
}

/** Keeps the bucket sorted and small: of too many values the inner one goes whose neighbours are closest together. */
function insert(bucket: number[], value: number): void {
  const position = bucket.findIndex((other) => other >= value);
  bucket.splice(position === -1 ? bucket.length : position, 0, value);
  if (bucket.length <= VALUES_PER_BUCKET) return;
  let crowded = 1;
  for (let i = 2; i < bucket.length - 1; i++) {
    if (gap(bucket, i) < gap(bucket, crowded)) crowded = i;
  }
  bucket.splice(crowded, 1);
}

function gap(bucket: readonly number[], i: number): number {
  return bucket[i + 1]! - bucket[i - 1]!;
}
