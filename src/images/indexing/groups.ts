// Groups: images that must not be on both sides of a split, such as those of one patient.
import { HpoError } from '../../study/errors.js';
import { counted } from '../../system/format.js';
import { safePattern } from '../../system/safe-pattern.js';
import { cameraGroups, isCameraGroups } from './camera-groups.js';
import { groupBy } from './group-by.js';
import { type Split, SPLITS } from './image-index.js';
import { type FoundImage, nameOfImage } from './look-alikes.js';

/** Groups that a message names. */
const NAMED = 5;

export interface GroupedImages {
  readonly images: readonly FoundImage[];
  /** Images that the pattern does not match; each is a group of its own. */
  readonly unmatched: number;
}

/**
 * The images with the group that the pattern captures of their paths below the root.
 * @throws HpoError ERR_DATA where the pattern is none, or matches no path.
 */
export function withGroups(images: readonly FoundImage[], pattern: string): GroupedImages {
  const groups = groupsOf(images, pattern);
  let unmatched = 0;
  const grouped = images.map((image, i) => {
    const group = groups[i];
    if (group !== undefined && group !== '') return { ...image, group };
    unmatched++;
    return image;
  });
  if (unmatched < images.length || images.length === 0) return { images: grouped, unmatched };
  if (isCameraGroups(pattern)) {
    throw new HpoError(
      'ERR_DATA',
      `expected images with the camera's notes for data.groupBy '${pattern}', got none: their files have no EXIF data for it`,
    );
  }
  const example = images[0] === undefined ? '' : `, such as '${images[0].file}'`;
  throw new HpoError('ERR_DATA', `expected paths that match '${pattern}' at data.groupBy, got none${example}`);
}

function groupsOf(images: readonly FoundImage[], pattern: string): (string | undefined)[] {
  if (isCameraGroups(pattern)) return cameraGroups(images, pattern);
  const groupOf = patternOf(pattern);
  return images.map(({ file }) => groupOf(file));
}

function patternOf(pattern: string): (text: string) => string | undefined {
  try {
    const compiled = safePattern(pattern);
    return (text) => compiled.capture(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HpoError('ERR_DATA', `expected a regular expression at data.groupBy, got '${pattern}': ${reason}`);
  }
}

/** @throws HpoError ERR_DATA where a group is in several of the splits that the data has. */
export function checkGroupsApart(splits: Readonly<Record<Split, readonly FoundImage[]>>, remedy: string): void {
  const places = new Map<string, Map<Split, FoundImage>>();
  for (const split of SPLITS) {
    for (const image of splits[split]) {
      if (image.group === undefined) continue;
      const place = places.get(image.group) ?? new Map<Split, FoundImage>();
      if (!place.has(split)) places.set(image.group, place.set(split, image));
    }
  }
  const crossing = [...places].filter(([, place]) => place.size > 1);
  if (crossing.length === 0) return;
  const named = crossing.slice(0, NAMED).map(([group, place]) => {
    const where = [...place].map(([split, image]) => `${split}: ${nameOfImage(image)}`);
    return `  '${group}': ${where.join(', ')}`;
  });
  if (crossing.length > NAMED) named.push(`  and ${crossing.length - NAMED} more`);
  throw new HpoError(
    'ERR_DATA',
    `expected each group in one split, got ${counted(crossing.length, 'group')} in several: ${remedy}\n${named.join('\n')}`,
  );
}

/** 'groups by data.groupBy: 812 train, 200 validation, 150 test; the largest has 30 images' */
export function groupFacts(
  splits: Readonly<Record<Split, readonly FoundImage[]>>,
  by: string,
  unmatched: number,
): string[] {
  const counts = SPLITS.map((split) => {
    const named = new Set(splits[split].map(({ group }) => group));
    named.delete(undefined);
    return { split, groups: named.size };
  });
  const sizes = groupBy(
    SPLITS.flatMap((split) => splits[split]).filter(({ group }) => group !== undefined),
    ({ group }) => group,
  );
  let largest = 0;
  for (const { length } of sizes.values()) largest = Math.max(largest, length);
  const parts = counts.filter(({ groups }) => groups > 0).map(({ split, groups }) => `${groups} ${split}`);
  const alone = unmatched === 0 ? '' : `; ${counted(unmatched, 'image')} in no group, each on its own`;
  return [`groups by ${by}: ${parts.join(', ')}; the largest has ${counted(largest, 'image')}${alone}`];
}
