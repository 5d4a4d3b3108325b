// The index as one fold sees it: one part of the images for validation, the others for training.
import { must } from '../system/must.js';
import type { ImageIndex } from './indexing/image-index.js';

/** Which part of which repeat is for validation. */
export interface FoldPart {
  readonly repeat: number;
  readonly part: number;
}

/** Where the images of a fold stand in `splits.train`, in order. @throws RangeError where the index has no such fold. */
export function foldPositions(
  index: ImageIndex,
  { repeat, part }: FoldPart,
): Record<'train' | 'validation', Uint32Array> {
  const parts = index.folds?.[repeat];
  if (parts === undefined)
    throw new RangeError(`expected an index with repeat ${repeat} of its folds, got one without`);
  const places = [...parts.keys()];
  return {
    train: Uint32Array.from(places.filter((place) => parts[place] !== part)),
    validation: Uint32Array.from(places.filter((place) => parts[place] === part)),
  };
}

export function foldIndex(index: ImageIndex, fold: FoldPart): ImageIndex {
  const { train, validation } = foldPositions(index, fold);
  const { folds: _, ...rest } = index;
  const entries = (positions: Uint32Array): ImageIndex['splits']['train'] =>
    Array.from(positions, (position) => must(index.splits.train[position], 'an image'));
  return { ...rest, splits: { ...index.splits, train: entries(train), validation: entries(validation) } };
}

/** The index as each fold sees it, in order; the index itself where there are none. */
export function foldIndexes(index: ImageIndex): ImageIndex[] {
  if (index.folds === undefined) return [index];
  return index.folds.flatMap((parts, repeat) => {
    const count = 1 + parts.reduce((most, part) => Math.max(most, part), 0);
    return Array.from({ length: count }, (_, part) => foldIndex(index, { repeat, part }));
  });
}
