// Finding the points where a criterion is highest, over continuous and discrete parameters together.
import { minimizeInBox } from '../../math/box-minimizer.js';
import type { RandomStream } from '../../math/random.js';
import { SobolSequence } from '../../math/sobol.js';
import type { SearchSpace } from '../../study/space.js';
import type { Criterion } from './criterion.js';
import type { Distance } from './kernel.js';
import { neighbours, perturbed, slides } from './moves.js';

export interface Candidate {
  /** In the unit cube, with a number in every coordinate, also where inactive. */
  readonly unit: Float64Array;
  readonly worth: number;
}

/** Multiplications to spend on a pool of candidates and on climbing from the best of them; one candidate costs n²/2, one step n². */
const POOL_WORK = 3e7;
const CLIMB_WORK = 5e7;
const LARGEST_POOL = 1024;
const MOST_STARTS = 20;
const ROUNDS = 4;
const SLIDE = { evaluations: 30, tolerance: 1e-6 };
/** Finite spaces of up to so many points are gone through in full. */
const LISTED = 1024;

/**
 * Candidates by falling worth. Half of the pool is spread over the space, half around `seeds`, the best known points; the best
 * climb: numbers slide along the gradient, then every discrete coordinate in turn tries its other values, until neither helps.
 * `observations` is the n of the model, which sets the pool's size.
 */
export function rankCandidates(
  space: SearchSpace,
  distance: Distance,
  criterion: Criterion,
  seeds: readonly Float64Array[],
  observations: number,
  random: RandomStream,
): Candidate[] {
  const place = (unit: Float64Array) => distance.place(space.settle(unit));
  const listed = space.cardinality <= LISTED;
  const pool = listed ? everyPoint(space) : drawPool(space, seeds, observations, random);
  const worth = criterion.values(pool.map(place));
  const ranked = pool.map((unit, i) => ({ unit, worth: worth[i]! })).sort(byWorth);
  if (listed) return ranked;
  const starts = Math.round(CLIMB_WORK / (SLIDE.evaluations * observations ** 2));
  const climbed = ranked
    .slice(0, Math.min(MOST_STARTS, Math.max(4, starts)))
    .map((start) => climb(space, distance, criterion, start));
  return [...climbed, ...ranked].sort(byWorth);
}

/** Given points, NaN where inactive, by falling worth. */
export function rankList(units: readonly Float64Array[], distance: Distance, criterion: Criterion): Candidate[] {
  const worth = criterion.values(units.map((unit) => distance.place(unit)));
  return units
    .map((unit, i) => ({ unit: unit.map((u) => (Number.isNaN(u) ? 0.5 : u)), worth: worth[i]! }))
    .sort(byWorth);
}

function byWorth(a: Candidate, b: Candidate): number {
  return b.worth - a.worth;
}

function everyPoint(space: SearchSpace): Float64Array[] {
  return Array.from(space.grid(1), (parameters) => space.encode(parameters).map((u) => (Number.isNaN(u) ? 0.5 : u)));
}

function drawPool(
  space: SearchSpace,
  seeds: readonly Float64Array[],
  observations: number,
  random: RandomStream,
): Float64Array[] {
  const size = Math.min(LARGEST_POOL, Math.max(128, Math.round(POOL_WORK / (0.5 * observations ** 2))));
  const spread = new SobolSequence(space.dimensions, random.derive('spread'));
  const near = random.derive('near');
  const pool: Float64Array[] = seeds.map((seed) => seed.map((u) => (Number.isNaN(u) ? near.next() : u)));
  for (let i = pool.length; i < size; i++) {
    const seed = seeds[(i >> 1) % Math.max(1, seeds.length)];
    pool.push(seed === undefined || i % 2 === 0 ? spread.point(i) : perturbed(space, seed, near));
  }
  return pool;
}

function climb(space: SearchSpace, distance: Distance, criterion: Criterion, start: Candidate): Candidate {
  let here = start;
  for (let round = 0; round < ROUNDS; round++) {
    const slid = slide(space, distance, criterion, here);
    const stepped = step(space, distance, criterion, slid);
    const done = stepped === slid;
    here = stepped;
    if (done) break;
  }
  return here;
}

/** Moves the numbers that slide along the gradient; those that stand for integers are settled afterwards. */
function slide(space: SearchSpace, distance: Distance, criterion: Criterion, here: Candidate): Candidate {
  const settled = space.settle(here.unit);
  const free = slides(space, settled);
  if (free.length === 0) return here;
  const point = distance.place(settled);
  const full = new Float64Array(point.length);
  const found = minimizeInBox(
    (x, gradient) => {
      free.forEach((d, i) => (point[d] = x[i]!));
      full.fill(0);
      const worth = criterion.valueWithGradient(point, full);
      free.forEach((d, i) => (gradient[i] = -full[d]!));
      return -worth;
    },
    Float64Array.from(free, (d) => settled[d]!),
    new Float64Array(free.length),
    new Float64Array(free.length).fill(1),
    SLIDE,
  );
  const unit = here.unit.slice();
  free.forEach((d, i) => (unit[d] = found.x[i]!));
  return better(here, { unit, worth: worthOf(space, distance, criterion, unit) });
}

/** Tries other values of each discrete coordinate, one after the other, and keeps what helps. */
function step(space: SearchSpace, distance: Distance, criterion: Criterion, start: Candidate): Candidate {
  let here = start;
  for (let d = 0; d < space.dimensions; d++) {
    const units = neighbours(space, space.settle(here.unit), d).map((u) => here.unit.with(d, u));
    const worth = criterion.values(units.map((unit) => distance.place(space.settle(unit))));
    units.forEach((unit, i) => (here = better(here, { unit, worth: worth[i]! })));
  }
  return here;
}

function worthOf(space: SearchSpace, distance: Distance, criterion: Criterion, unit: Float64Array): number {
  return criterion.values([distance.place(space.settle(unit))])[0]!;
}

/** The second only where it is clearly better, so that climbing ends. */
function better(first: Candidate, second: Candidate): Candidate {
  return second.worth > first.worth + 1e-9 ? second : first;
}
