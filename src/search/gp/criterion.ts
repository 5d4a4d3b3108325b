// What a candidate is worth, in logarithms: criteria that are multiplied are added here.

export interface Criterion {
  /** The worth of each placed point. */
  values(points: readonly Float64Array[]): Float64Array;
  /** The worth of one placed point; adds its gradient to `gradient`, nothing in nominal coordinates. */
  valueWithGradient(point: Float64Array, gradient: Float64Array): number;
}

/** The product of criteria. */
export function allOf(criteria: readonly Criterion[]): Criterion {
  return {
    values(points) {
      const sums = new Float64Array(points.length);
      for (const criterion of criteria) criterion.values(points).forEach((value, i) => (sums[i] = sums[i]! + value));
      return sums;
    },
    valueWithGradient: (point, gradient) =>
      criteria.reduce((sum, criterion) => sum + criterion.valueWithGradient(point, gradient), 0),
  };
}
