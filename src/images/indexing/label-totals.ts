// How many images have each class or label.
import { type FoundImage, labelNamesOf } from './look-alikes.js';

/** In order of appearance. */
export function totalsOf(images: Iterable<Pick<FoundImage, 'className' | 'labels'>>): Map<string, number> {
  const totals = new Map<string, number>();
  for (const image of images) {
    for (const name of labelNamesOf(image)) totals.set(name, (totals.get(name) ?? 0) + 1);
  }
  return totals;
}
