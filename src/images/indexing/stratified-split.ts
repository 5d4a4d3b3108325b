// Splits one folder's images: stratified by class, by a seeded order of their content, look-alikes kept together.
import { RandomStream } from '../../math/random.js';
import { HpoError } from '../../study/errors.js';
import { type FoundImage, type LikenessRule, NEWEST_RULE, lookAlikePairs } from './look-alikes.js';
import { groupBy } from './group-by.js';
import type { Split } from './image-index.js';

export interface SplitShares {
  /** In (0, 1). */
  readonly validation: number;
  /** In [0, 1). */
  readonly test: number;
}

export interface SplitImages {
  readonly splits: Readonly<Record<Split, readonly FoundImage[]>>;
  readonly warnings: readonly string[];
}

/** Images that must not be parted, and their place in the order. */
interface Group {
  readonly members: readonly FoundImage[];
  readonly place: number;
}

/**
 * Each class is put in an order that depends on the seed and on each image's content alone; validation is filled from the
 * front, the test from the back. So added images move few others, and never one from validation to the test.
 * @throws HpoError ERR_DATA where a class has too few images to have one in every split.
 */
export function stratifiedSplit(
  images: readonly FoundImage[],
  shares: SplitShares,
  seed: number,
  rule: LikenessRule = NEWEST_RULE,
): SplitImages {
  checkShares(shares);
  const splits: Record<Split, FoundImage[]> = { train: [], validation: [], test: [] };
  const warnings: string[] = [];
  const classes = groupBy(images, (image) => image.className);
  for (const [className, members] of classes) {
    const counts = countsFor(className, members.length, shares);
    const parts = divide(groupsOf(members, seed, rule), counts);
    const isWhole =
      parts.validation.length > 0 && parts.train.length > 0 && (counts.test === 0 || parts.test.length > 0);
    if (!isWhole)
      warnings.push(
        `near-identical images of class '${className}' are in different splits: the class has too few other images`,
      );
    const divided = isWhole ? parts : divide(groupsOf(members, seed, undefined), counts);
    // One by one: as arguments of one call, a hundred thousand images are more than the stack holds.
    for (const split of ['train', 'validation', 'test'] as const) {
      for (const image of divided[split]) splits[split].push(image);
    }
  }
  return { splits, warnings };
}

/** @throws HpoError ERR_DATA where they leave nothing to train on. */
export function checkShares({ validation, test }: SplitShares): void {
  if (!(validation > 0 && test >= 0 && validation + test < 1)) {
    throw new HpoError(
      'ERR_DATA',
      `expected data.validationSplit above 0 and, with data.testSplit, below 1, got ${validation} and ${test}`,
    );
  }
}

/** Rounded shares, at least one image for each split that there is. */
function countsFor(className: string, count: number, shares: SplitShares): { validation: number; test: number } {
  const needed = shares.test > 0 ? 3 : 2;
  if (count < needed) {
    throw new HpoError(
      'ERR_DATA',
      `expected at least ${needed} readable images of class '${className}', one for each split, got ${count}: add images or remove the class folder`,
    );
  }
  const test = shares.test > 0 ? Math.min(Math.max(Math.round(count * shares.test), 1), count - 2) : 0;
  const validation = Math.min(Math.max(Math.round(count * shares.validation), 1), count - test - 1);
  return { validation, test };
}

/** @param rule by which look-alikes are together; undefined: each image alone. */
function groupsOf(images: readonly FoundImage[], seed: number, rule: LikenessRule | undefined): Group[] {
  const places = images.map(({ digest }) => RandomStream.of(seed, 'split', digest).next());
  const leader = images.map((_, index) => index);
  const find = (index: number): number => {
    while (leader[index] !== index) index = leader[index] = leader[leader[index] as number] as number;
    return index;
  };
  if (rule !== undefined) for (const [a, b] of lookAlikePairs(images, rule)) leader[find(b)] = find(a);
  const groups = groupBy(images.keys(), find);
  return [...groups.values()]
    .map((indices) => ({
      members: indices.map((index) => images[index] as FoundImage),
      place: Math.min(...indices.map((index) => places[index] as number)),
    }))
    .sort((a, b) => a.place - b.place);
}

/** Whole groups while they fit: validation from the front, the test from the back, train what is left. */
function divide(groups: readonly Group[], counts: { validation: number; test: number }): Record<Split, FoundImage[]> {
  const validation = take(groups, counts.validation);
  const left = groups.filter((group) => !validation.has(group));
  const test = take(left.toReversed(), counts.test);
  const train = left.filter((group) => !test.has(group));
  const members = (part: Iterable<Group>): FoundImage[] => [...part].flatMap((group) => group.members);
  return { train: members(train), validation: members(validation), test: members(test) };
}

function take(groups: readonly Group[], count: number): Set<Group> {
  const taken = new Set<Group>();
  let room = count;
  for (const group of groups) {
    if (room === 0) break;
    if (group.members.length > room) continue;
    taken.add(group);
    room -= group.members.length;
  }
  return taken;
}
