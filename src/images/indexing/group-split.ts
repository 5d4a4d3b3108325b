// Splits images in groups: no group in two splits, each class's images shared out as evenly as groups allow.
//
// The greedy rule of scikit-learn's StratifiedGroupKFold (1.0, sklearn/model_selection/_split.py), for parts of different sizes: groups in
// order of the standard deviation of their class counts, largest first; each goes to the part after which the filled shares of the classes
// differ least between the parts. Equal groups are in an order by seed. Images with several labels: iterative-stratification.ts.
import { type IdentityPart, RandomStream } from '../../math/random.js';
import { HpoError } from '../../study/errors.js';
import { must } from '../../system/must.js';
import { formatPercent } from '../../system/format.js';
import { groupBy } from './group-by.js';
import type { IndexOptions } from './image-data.js';
import type { Split } from './image-index.js';
import { iterativeStratification } from './iterative-stratification.js';
import { type FoundImage, lookAlikePairs } from './look-alikes.js';
import { totalsOf } from './label-totals.js';
import { type SplitImages, type SplitShares, checkShares, stratifiedSplit } from './stratified-split.js';

/** A part may have so much less or more than its share, relative to it, before that is worth a warning. */
const TOLERANCE = 0.3;

export interface Unit {
  readonly images: readonly FoundImage[];
  /** Images by class. */
  readonly counts: ReadonlyMap<string, number>;
  /** Standard deviation of the counts over all classes. */
  readonly spread: number;
  /** In [0, 1), by seed. */
  readonly place: number;
}

/**
 * Images of one group stay together, and near-identical ones with them.
 * @throws HpoError ERR_DATA where a class has fewer groups than there are splits.
 */
export function groupSplit(images: readonly FoundImage[], shares: SplitShares, seed: number): SplitImages {
  checkShares(shares);
  const totals = totalsOf(images);
  const classes = [...totals.keys()];
  const parts = partsOf(shares);
  const units = unitsOf(images, classes.length, seed);
  const shared = parts.map((part) => part.share);
  checkUnits(units, classes, parts);
  const placed = isMultilabel(images) ? iterativeStratification(units, shared, seed) : fill(units, parts, totals);
  const chosen = withEveryClass(units, placed, classes, parts);
  const splits: Record<Split, FoundImage[]> = { train: [], validation: [], test: [] };
  units.forEach((unit, i) => {
    const { split } = must(parts[must(chosen[i], 'a part')], 'a part');
    for (const image of unit.images) splits[split].push(image);
  });
  for (const { split } of parts) checkEveryClass(classes, splits[split], split);
  return { splits, warnings: sizeWarnings(splits, parts, images.length) };
}

/** What a part of the images should have of them, as a share of all. */
interface Share {
  readonly share: number;
}

interface Part extends Share {
  readonly split: Split;
}

function partsOf({ validation, test }: SplitShares): readonly Part[] {
  const parts: Part[] = [
    { split: 'train', share: 1 - validation - test },
    { split: 'validation', share: validation },
  ];
  return test > 0 ? [...parts, { split: 'test', share: test }] : parts;
}

function isMultilabel(images: readonly FoundImage[]): boolean {
  return images.some(({ labels }) => labels !== undefined);
}

/** Groups and look-alikes, joined where they overlap; in the order in which they are placed. */
export function unitsOf(
  images: readonly FoundImage[],
  classes: number,
  seed: number,
  purpose: readonly IdentityPart[] = ['group'],
): Unit[] {
  const leader = images.map((_, index) => index);
  const find = (index: number): number => {
    let root = index;
    for (let next = must(leader[root], 'a leader'); next !== root; next = must(leader[root], 'a leader')) root = next;
    leader[index] = root;
    return root;
  };
  const join = (a: number, b: number): void => void (leader[find(b)] = find(a));
  const first = new Map<string, number>();
  images.forEach(({ group }, index) => {
    if (group === undefined) return;
    const known = first.get(group);
    if (known === undefined) first.set(group, index);
    else join(known, index);
  });
  for (const [a, b] of lookAlikePairs(images)) join(a, b);
  return [...groupBy(images.keys(), find).values()]
    .map((indices): Unit => {
      const members = indices.map((index) => must(images[index], 'an image'));
      const counts = totalsOf(members);
      // By name where there is one, so that more images of a group do not change its place.
      const name = members[0]?.group ?? members.map(({ digest }) => digest).sort()[0] ?? '';
      return {
        images: members,
        counts,
        spread: spreadOf(counts, classes),
        place: RandomStream.of(seed, ...purpose, name).next(),
      };
    })
    .sort((a, b) => b.spread - a.spread || a.place - b.place);
}

function spreadOf(counts: ReadonlyMap<string, number>, classes: number): number {
  let sum = 0;
  let squares = 0;
  for (const count of counts.values()) {
    sum += count;
    squares += count * count;
  }
  return Math.sqrt(Math.max(0, squares / classes - (sum / classes) ** 2));
}

/** Every class needs a unit for each part. */
function checkUnits(units: readonly Unit[], classes: readonly string[], parts: readonly Part[]): void {
  const unitsWith = new Map<string, number>();
  for (const { counts } of units) {
    for (const name of counts.keys()) unitsWith.set(name, (unitsWith.get(name) ?? 0) + 1);
  }
  const scarce = classes.find((name) => (unitsWith.get(name) ?? 0) < parts.length);
  if (scarce === undefined) return;
  throw new HpoError(
    'ERR_DATA',
    `expected at least ${parts.length} groups with images of class '${scarce}', one for each split, got ${unitsWith.get(scarce) ?? 0}: groups, and images that resemble each other, are not divided; add images or leave out the class`,
  );
}

/** Where groups hold several classes, there may be no way to give every split all of them. */
function checkEveryClass(classes: readonly string[], images: readonly FoundImage[], split: Split): void {
  const seen = totalsOf(images);
  const missing = classes.find((name) => !seen.has(name));
  if (missing === undefined) return;
  throw new HpoError(
    'ERR_DATA',
    `expected groups of which each split can have images of every class, got none of class '${missing}' for ${split}: groups are not divided; add images or leave out the class`,
  );
}

/** By groups where the images have any, or several labels each; else by class alone. */
export function splitImages(
  images: readonly FoundImage[],
  shares: SplitShares,
  { seed, rule }: Pick<IndexOptions, 'seed' | 'rule'>,
): SplitImages {
  const isGrouped = images.some(({ group }) => group !== undefined);
  return isGrouped || isMultilabel(images)
    ? groupSplit(images, shares, seed)
    : stratifiedSplit(images, shares, seed, rule);
}

/** The part of each unit. */
export function fill(units: readonly Unit[], parts: readonly Share[], totals: ReadonlyMap<string, number>): number[] {
  /** Images of each class in each part. */
  const filled = new Map([...totals.keys()].map((name) => [name, parts.map(() => 0)]));
  const sizes = parts.map(() => 0);
  return units.map(({ counts, images }) => {
    let best = 0;
    let least = Infinity;
    for (const part of parts.keys()) {
      // Classes that the unit lacks change nothing, so only the others are compared.
      let change = 0;
      for (const [name, count] of counts) {
        const before = must(filled.get(name), 'a class');
        const total = must(totals.get(name), 'a class');
        change += deviation(before, parts, total, part, count) - deviation(before, parts, total, part, 0);
      }
      const [size = 0, bestSize = 0] = [sizes[part], sizes[best]];
      const isLess =
        change < least - 1e-12 || (change < least + 1e-12 && size / share(parts, part) < bestSize / share(parts, best));
      if (isLess) [best, least] = [part, change];
    }
    for (const [name, count] of counts) {
      const before = must(filled.get(name), 'a class');
      before[best] = (before[best] ?? 0) + count;
    }
    sizes[best] = (sizes[best] ?? 0) + images.length;
    return best;
  });
}

function share(parts: readonly Share[], part: number): number {
  return must(parts[part], 'a part').share;
}

/** Standard deviation over the parts of the share of a class that each has of what it should have, after an addition to one part. */
function deviation(
  filled: readonly number[],
  parts: readonly Share[],
  total: number,
  part: number,
  more: number,
): number {
  let sum = 0;
  let squares = 0;
  for (const [i, { share: wanted }] of parts.entries()) {
    const level = ((filled[i] ?? 0) + (i === part ? more : 0)) / (wanted * total);
    sum += level;
    squares += level * level;
  }
  const mean = sum / parts.length;
  return Math.sqrt(Math.max(0, squares / parts.length - mean * mean));
}

/** Moves units so that every part has every class: the smallest that is not the last of a class where it is. */
export function withEveryClass(
  units: readonly Unit[],
  placed: readonly number[],
  classes: readonly string[],
  parts: readonly Share[],
): number[] {
  const chosen = [...placed];
  /** Units with a class in each part. */
  const present = new Map(classes.map((name) => [name, parts.map(() => 0)]));
  const count = (unit: Unit, part: number, by: number): void => {
    for (const name of unit.counts.keys()) {
      const counts = must(present.get(name), 'a class');
      counts[part] = (counts[part] ?? 0) + by;
    }
  };
  units.forEach((unit, i) => count(unit, must(chosen[i], 'a part'), 1));
  for (const name of classes) {
    for (const part of parts.keys()) {
      if ((present.get(name)?.[part] ?? 0) > 0) continue;
      let best: number | undefined;
      for (const [i, unit] of units.entries()) {
        const from = must(chosen[i], 'a part');
        const isFree = [...unit.counts.keys()].every((one) => (present.get(one)?.[from] ?? 0) > 1);
        if (!unit.counts.has(name) || !isFree) continue;
        if (best === undefined || unit.images.length < must(units[best], 'a unit').images.length) best = i;
      }
      if (best === undefined) continue;
      const unit = must(units[best], 'a unit');
      count(unit, must(chosen[best], 'a part'), -1);
      chosen[best] = part;
      count(unit, part, 1);
    }
  }
  return chosen;
}

function sizeWarnings(
  splits: Readonly<Record<Split, readonly FoundImage[]>>,
  parts: readonly Part[],
  total: number,
): string[] {
  return parts.flatMap(({ split, share: wanted }) => {
    const found = splits[split].length / total;
    if (Math.abs(found - wanted) <= TOLERANCE * wanted) return [];
    return [
      `${split} has ${formatPercent(found)} of the images in place of ${formatPercent(wanted)}: groups are not divided`,
    ];
  });
}
