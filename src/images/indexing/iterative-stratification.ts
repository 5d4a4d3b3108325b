// Splits images with several labels each, so that every part has its share of every label.
//
// Iterative stratification (K. Sechidis, G. Tsoumakas, I. Vlahavas, 'On the Stratification of Multi-label Data', ECML PKDD 2011, algorithm 1):
// the rarest label that is left goes first, and each of its images to the part that lacks most of this label. Here what is placed is a
// unit: one image, or several that must stay together.
import { RandomStream } from '../../math/random.js';
import { must } from '../../system/must.js';
import { byCodeUnit } from './image-index.js';

/** Images that stay together. */
export interface StratifiedUnit {
  readonly images: { readonly length: number };
  /** Images with each label. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Shares that differ by less are equal. */
const EPSILON = 1e-9;

/**
 * The part of each unit, an index of `shares`.
 * @param units of equal counts are placed in the order given.
 * @param shares of the parts, with the sum 1.
 */
export function iterativeStratification(
  units: readonly StratifiedUnit[],
  shares: readonly number[],
  seed: number,
): number[] {
  const random = RandomStream.of(seed, 'stratification');
  const placed = new Array<number | undefined>(units.length).fill(undefined);
  const withLabel = unitsByLabel(units);
  const left = new Map(
    [...withLabel].map(([name, members]) => [name, sum(members.map((i) => countOf(units, i, name)))]),
  );
  const images = sum(units.map((unit) => unit.images.length));
  const wanted = shares.map((share) => share * images);
  const wantedOf = new Map([...left].map(([name, count]) => [name, shares.map((share) => share * count)]));
  const place = (i: number, part: number): void => {
    const unit = must(units[i], 'a unit');
    placed[i] = part;
    wanted[part] = must(wanted[part], 'a part') - unit.images.length;
    for (const [name, count] of unit.counts) {
      const parts = must(wantedOf.get(name), 'a label');
      parts[part] = must(parts[part], 'a part') - count;
      left.set(name, must(left.get(name), 'a label') - count);
    }
  };
  for (let name = rarest(left); name !== undefined; name = rarest(left)) {
    const open = must(withLabel.get(name), 'a label').filter((i) => placed[i] === undefined);
    const label = name;
    open.sort((a, b) => countOf(units, b, label) - countOf(units, a, label) || a - b);
    for (const i of open) place(i, neediest(must(wantedOf.get(name), 'a label'), wanted, random));
  }
  for (const i of units.keys()) if (placed[i] === undefined) place(i, neediest(wanted, wanted, random));
  return placed.map((part) => must(part, 'a part'));
}

/** Units with each label; the labels in order. */
function unitsByLabel(units: readonly StratifiedUnit[]): Map<string, number[]> {
  const members = new Map<string, number[]>();
  units.forEach(({ counts }, i) => {
    for (const name of counts.keys()) {
      const known = members.get(name);
      if (known === undefined) members.set(name, [i]);
      else known.push(i);
    }
  });
  return new Map([...members].sort(([a], [b]) => byCodeUnit(a, b)));
}

function countOf(units: readonly StratifiedUnit[], i: number, name: string): number {
  return must(units[i], 'a unit').counts.get(name) ?? 0;
}

/** The label with the fewest images that are not placed; of equals the first. */
function rarest(left: ReadonlyMap<string, number>): string | undefined {
  let found: string | undefined;
  let least = Infinity;
  for (const [name, count] of left) if (count > 0 && count < least) [found, least] = [name, count];
  return found;
}

/** The part that lacks most; of equals the one that lacks most images, then one by chance. */
function neediest(lacking: readonly number[], wanted: readonly number[], random: RandomStream): number {
  const most = (of: readonly number[], among: readonly number[]): number[] => {
    const greatest = Math.max(...among.map((part) => must(of[part], 'a part')));
    return among.filter((part) => must(of[part], 'a part') >= greatest - EPSILON);
  };
  const best = most(wanted, most(lacking, [...lacking.keys()]));
  return best.length === 1 ? must(best[0], 'a part') : random.pick(best);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
