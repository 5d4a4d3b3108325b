// Minimising a smooth function inside a box: limited-memory BFGS on the coordinates that are free to move.

export interface BoxMinimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly evaluations: number;
}

export interface BoxOptions {
  /** At most so many evaluations. */
  readonly evaluations: number;
  /** Stops when a step gains less than this share of the value's magnitude (at least 1). */
  readonly tolerance: number;
}

/** Fills `gradient` and returns the value; a value that is not finite makes the search step back. */
export type Differentiable = (x: Float64Array, gradient: Float64Array) => number;

const MEMORY = 8;
const ARMIJO = 1e-4;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
}

/**
 * Projected L-BFGS (after Byrd, Lu, Nocedal and Zhu 1995, with the active set taken from the gradient's sign): coordinates at a
 * bound that the gradient pushes outwards rest, the others move along the two-loop direction, and the step is halved and
 * clamped into the box until it gains enough. Never returns worse than the start.
 */
export function minimizeInBox(
  f: Differentiable,
  start: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
  options: BoxOptions,
): BoxMinimum {
  const size = start.length;
  let x: Float64Array = clamped(start, lower, upper);
  let gradient: Float64Array = new Float64Array(size);
  let value = f(x, gradient);
  let evaluations = 1;
  let pairs: Pair[] = [];
  if (!Number.isFinite(value)) return { x, value, evaluations };
  while (evaluations < options.evaluations) {
    const free = freeCoordinates(x, gradient, lower, upper);
    let direction = twoLoop(gradient, free, pairs);
    if (!(product(direction, gradient, free) < 0)) {
      pairs = [];
      direction = twoLoop(gradient, free, pairs);
      if (!(product(direction, gradient, free) < 0)) break;
    }
    let scale = pairs.length === 0 ? Math.min(1, 0.2 / largest(direction, upper, lower)) : 1;
    let accepted: { x: Float64Array; gradient: Float64Array; value: number } | undefined;
    for (let halvings = 0; halvings < 12 && evaluations < options.evaluations; halvings++) {
      const next = clamped(
        x.map((xi, i) => xi + scale * direction[i]!),
        lower,
        upper,
      );
      const nextGradient = new Float64Array(size);
      const nextValue = f(next, nextGradient);
      evaluations++;
      const promised = gradient.reduce((sum, g, i) => sum + g * (next[i]! - x[i]!), 0);
      if (Number.isFinite(nextValue) && nextValue <= value + ARMIJO * promised) {
        accepted = { x: next, gradient: nextGradient, value: nextValue };
        break;
      }
      scale *= Number.isFinite(nextValue) ? parabolaStep(promised, nextValue - value) : 0.1;
    }
    if (accepted === undefined) break;
    const step = accepted.x.map((xi, i) => xi - x[i]!);
    const change = accepted.gradient.map((gi, i) => gi - gradient[i]!);
    if (product(step, change) > 1e-10 * Math.sqrt(product(step, step) * product(change, change))) {
      pairs = [...pairs.slice(-MEMORY + 1), { step, change }];
    }
    const gained = value - accepted.value;
    ({ x, gradient, value } = accepted);
    if (gained <= options.tolerance * Math.max(1, Math.abs(value))) break;
  }
  return { x, value, evaluations };
}

/** Where a parabola through the value, the slope and the failed value is lowest, within a tenth and a half. */
function parabolaStep(slope: number, rise: number): number {
  return Math.min(0.5, Math.max(0.1, -slope / (2 * (rise - slope))));
}

function freeCoordinates(
  x: Float64Array,
  gradient: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): Uint8Array {
  return Uint8Array.from(x, (xi, i) => {
    const g = gradient[i]!;
    return (xi <= lower[i]! && g > 0) || (xi >= upper[i]! && g < 0) ? 0 : 1;
  });
}

/** −H·g over the free coordinates (Nocedal 1980); the gradient's own direction without pairs. */
function twoLoop(gradient: Float64Array, free: Uint8Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((g, i) => (free[i] ? -g : 0));
  const usable = pairs.filter(({ step, change }) => product(step, change, free) > 0);
  const weights: number[] = [];
  for (const { step, change } of usable.toReversed()) {
    const weight = product(step, direction, free) / product(step, change, free);
    weights.push(weight);
    addScaled(direction, change, -weight, free);
  }
  const latest = usable.at(-1);
  if (latest !== undefined) {
    const curvature = product(latest.step, latest.change, free) / product(latest.change, latest.change, free);
    for (let i = 0; i < direction.length; i++) direction[i] = direction[i]! * curvature;
  }
  for (const { step, change } of usable) {
    const weight = product(change, direction, free) / product(step, change, free);
    addScaled(direction, step, (weights.pop() as number) - weight, free);
  }
  return direction;
}

function addScaled(target: Float64Array, other: Float64Array, factor: number, free: Uint8Array): void {
  for (let i = 0; i < target.length; i++) {
    if (free[i]) target[i] = target[i]! + factor * other[i]!;
  }
}

function product(a: Float64Array, b: Float64Array, free?: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (free === undefined || free[i]) sum += a[i]! * b[i]!;
  }
  return sum;
}

/** The largest move relative to the box's width in that coordinate. */
function largest(direction: Float64Array, upper: Float64Array, lower: Float64Array): number {
  return direction.reduce((most, d, i) => {
    const width = upper[i]! - lower[i]!;
    return width > 0 ? Math.max(most, Math.abs(d) / width) : most;
  }, 0);
}

function clamped(x: Float64Array, lower: Float64Array, upper: Float64Array): Float64Array {
  return x.map((xi, i) => Math.min(upper[i]!, Math.max(lower[i]!, xi)));
}
