// Divides all images outside of the test into folds: stratified, groups and near-identical images kept together.
import { dirname, join, parse, relative, sep } from 'node:path';
import { must } from '../../system/must.js';
import { fill, unitsOf, withEveryClass } from './group-split.js';
import { totalsOf } from './label-totals.js';
import type { FoldOptions } from './image-data.js';
import type { Split } from './image-index.js';
import type { FoundImage } from './look-alikes.js';
import { HpoError } from '../../study/errors.js';

type SplitOf<T> = Readonly<Record<Split, T>>;

/** The splits with validation images among those for training, where folds take turns with them; else as they are. */
export function pooled(
  images: SplitOf<readonly FoundImage[]>,
  folds: FoldOptions | undefined,
): SplitOf<readonly FoundImage[]> {
  if (folds === undefined) return images;
  return { train: [...images.train, ...images.validation], validation: [], test: images.test };
}

/** The same images with names below one folder: those for training and for validation may have been in two. */
export function inOneFolder(
  images: readonly FoundImage[],
  root: string,
): { readonly images: readonly FoundImage[]; readonly root: string } {
  const roots = [...new Set(images.map((image) => image.root))];
  if (roots.length <= 1) return { images, root };
  const above = roots.reduce(commonFolder);
  const moved = images.map((image) => {
    const file = join(relative(above, image.root), image.file).split(sep).join('/');
    return { ...image, root: above, file };
  });
  return { images: moved, root: above };
}

function commonFolder(a: string, b: string): string {
  let folder = a;
  while (relative(folder, b).startsWith('..') && folder !== parse(folder).root) folder = dirname(folder);
  return folder;
}

/**
 * The part that each image is in, for each repeat: shape [repeats][images], parts counted from 0. Groups and look-alikes are not
 * divided, so parts can differ in size; every class is in every part.
 * @throws HpoError ERR_DATA where images have several labels, or a class has fewer groups (or images that look different) than there are folds.
 */
export function foldsOf(images: readonly FoundImage[], { folds, repeats }: FoldOptions, seed: number): number[][] {
  if (images.some(({ labels }) => labels !== undefined)) {
    const why = 'folds of images with several labels are not there yet; leave out validation';
    throw new HpoError(
      'ERR_DATA',
      `expected images of one class each for validation.folds, got several labels: ${why}`,
    );
  }
  const classes = [...new Set(images.map(({ className }) => className))];
  const totals = totalsOf(images);
  const parts = Array.from({ length: folds }, () => ({ share: 1 / folds }));
  const place = new Map(images.map((image, i) => [image, i]));
  return Array.from({ length: repeats }, (_, repeat) => {
    const units = unitsOf(images, classes.length, seed, ['fold', repeat]);
    checkUnits(units, classes, folds);
    const chosen = withEveryClass(units, fill(units, parts, totals), classes, parts);
    const partOf = images.map(() => 0);
    units.forEach((unit, i) => {
      for (const image of unit.images) partOf[must(place.get(image), 'an image')] = must(chosen[i], 'a part');
    });
    checkParts(images, partOf, classes, folds);
    return partOf;
  });
}

function checkUnits(
  units: readonly { readonly counts: ReadonlyMap<string, number> }[],
  classes: readonly string[],
  folds: number,
): void {
  for (const name of classes) {
    const found = units.filter(({ counts }) => counts.has(name)).length;
    if (found < folds) throw tooFew(name, folds, `${found} that can be parted`);
  }
}

/** Where groups hold several classes, there may be no way to give every part all of them. */
function checkParts(
  images: readonly FoundImage[],
  partOf: readonly number[],
  classes: readonly string[],
  folds: number,
): void {
  const seen = Array.from({ length: folds }, () => new Set<string>());
  images.forEach(({ className }, i) => seen[partOf[i] ?? 0]?.add(className));
  for (const [part, names] of seen.entries()) {
    const missing = classes.find((name) => !names.has(name));
    if (missing !== undefined) throw tooFew(missing, folds, `none for fold ${part + 1}`);
  }
}

function tooFew(className: string, folds: number, found: string): HpoError {
  return new HpoError(
    'ERR_DATA',
    `expected images of class '${className}' for each of ${folds} folds, got ${found}: groups and near-identical images are not divided; use fewer folds (validation.folds) or add images`,
  );
}
