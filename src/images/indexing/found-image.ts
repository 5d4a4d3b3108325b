// A readable image on its way into the index.
import { nearIdenticalPairs } from './near-identical.js';

export interface FoundImage {
  /** Below the root, with forward slashes. */
  readonly file: string;
  /** The root joined with `file`. */
  readonly path: string;
  readonly className: string;
  readonly digest: string;
  readonly thumbnail: string;
}

/** The pairs of images that are equal or near-identical, by index; equal ones are all paired with the first of them. */
export function likePairs(images: readonly FoundImage[]): [number, number][] {
  const firsts = new Map<string, number>();
  const pairs: [number, number][] = [];
  images.forEach(({ digest }, index) => {
    const first = firsts.get(digest);
    if (first === undefined) firsts.set(digest, index);
    else pairs.push([first, index]);
  });
  const distinct = [...firsts.values()];
  const thumbnails = distinct.map((index) => (images[index] as FoundImage).thumbnail);
  for (const [a, b] of nearIdenticalPairs(thumbnails)) pairs.push([distinct[a] as number, distinct[b] as number]);
  return pairs;
}
