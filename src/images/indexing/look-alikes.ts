// Finds look-alikes: equal images, and recompressed, resized or brightened copies.
//
// Two images are near-identical when their difference hashes (64 bits, each whether a thumbnail's pixel is darker than
// its right neighbour; N. Krawetz, "Kind of Like That", 2013) differ in at most 4 bits, and one thumbnail is nearly a linear function of
// the other: brightness and contrast do not count. The hash alone finds too many similar X-rays; the thumbnails tell them apart.
// Measured on ants-bees and chest-xray of the tests: 97 to 100 % of copies that are 8 % brighter or darker, half as large, or of JPEG
// quality 40 are found, and no pair of different images of 785 X-rays or 398 photographs.
import { resolve } from 'node:path';
import type { Taken } from '../exif.js';

/** Width and height of the thumbnails that are compared: 8 × 8 differences between neighbours. */
export const THUMBNAIL = { width: 9, height: 8 } as const;

const MAX_HAMMING = 4;
/** Rule 1: mean difference in grey levels, of thumbnails with equal means. */
const MAX_MEAN_DIFFERENCE = 4;
/** Rule 2: standard deviation of what a linear function does not explain, over that of the thumbnail; sqrt(1 − correlation²). */
const MAX_RESIDUAL = 0.1;
/** Rule 2: the larger contrast (standard deviation) over the smaller one. */
const MAX_GAIN = 1.5;
/** A thumbnail of less contrast, in grey levels, has nothing to compare. */
const MIN_CONTRAST = 8;
/** An image is compared with at most so many others that agree in two bands. This bounds the work on unusual data. */
const MAX_COMPARISONS = 64;

/** Six bands of the hash. Where at most 4 bits differ, at least two bands are equal (pigeonhole). */
const BANDS = [
  [0, 11],
  [11, 11],
  [22, 10],
  [32, 11],
  [43, 11],
  [54, 10],
] as const;

/** 1: what versions up to 0.1 did; studies begun with them keep their split. 2: also copies of other brightness or size. */
export type LikenessRule = 1 | 2;
export const NEWEST_RULE = 2;

interface Fingerprint {
  readonly index: number;
  readonly thumbnail: Uint8Array;
  readonly mean: number;
  /** Square root of the sum of squared differences to the mean. */
  readonly norm: number;
  /** Bits 0–31 and 32–63. */
  readonly low: number;
  readonly high: number;
}

/** A readable image. */
export interface FoundImage {
  /** Absolute; where `file` begins. */
  readonly root: string;
  /** Below the root, with forward slashes. */
  readonly file: string;
  /** Of an image with several labels: all of them, as messages name them. */
  readonly className: string;
  /** Of an image that may have several labels, or none: their names. */
  readonly labels?: readonly string[];
  readonly digest: string;
  readonly thumbnail: string;
  /** Of an image that a table lists: where, such as 'line 3'. */
  readonly row?: { readonly place: { line(number: number): string }; readonly line: number };
  /** Images of one group are in one split. */
  readonly group?: string;
  /** What the camera wrote into the file. */
  readonly taken?: Taken;
  /** Of a table: the image's weight in the loss. */
  readonly weight?: number;
}

/** What splits are to have in equal shares: the image's class, or its labels. */
export function labelNamesOf({ className, labels }: Pick<FoundImage, 'className' | 'labels'>): readonly string[] {
  return labels ?? [className];
}

/** How messages call the image. */
export function nameOfImage({ root, file, row }: Pick<FoundImage, 'root' | 'file' | 'row'>): string {
  const path = resolve(root, file);
  return row === undefined ? path : `${path} (${row.place.line(row.line)})`;
}

/** The pairs of equal or near-identical images, by index. Equal images are all paired with the first of them. */
export function lookAlikePairs(images: readonly FoundImage[], rule: LikenessRule = NEWEST_RULE): [number, number][] {
  const firsts = new Map<string, number>();
  const pairs: [number, number][] = [];
  images.forEach(({ digest }, index) => {
    const first = firsts.get(digest);
    if (first === undefined) firsts.set(digest, index);
    else pairs.push([first, index]);
  });
  const distinct = [...firsts.values()];
  const thumbnails = distinct.map((index) => (images[index] as FoundImage).thumbnail);
  for (const [a, b] of nearIdenticalPairs(thumbnails, rule)) pairs.push([distinct[a] as number, distinct[b] as number]);
  return pairs;
}

/**
 * The pairs of near-identical images, by index, the smaller first, in order.
 * @param thumbnails of THUMBNAIL's size, luminance, base64. Pass equal files once.
 */
export function nearIdenticalPairs(
  thumbnails: readonly string[],
  rule: LikenessRule = NEWEST_RULE,
): [number, number][] {
  const fingerprints = thumbnails.map(fingerprintOf).filter((one) => one !== undefined);
  const found: [number, number][] = [];
  for (let a = 0; a < BANDS.length; a++) {
    for (let b = a + 1; b < BANDS.length; b++) {
      for (const bucket of bucketsOf(fingerprints, a, b)) compareIn(bucket, [a, b], rule, found);
    }
  }
  return found.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
}

function fingerprintOf(base64: string, index: number): Fingerprint | undefined {
  const thumbnail = new Uint8Array(Buffer.from(base64, 'base64'));
  let sum = 0;
  let least = 255;
  let most = 0;
  for (const level of thumbnail) {
    sum += level;
    least = Math.min(least, level);
    most = Math.max(most, level);
  }
  if (most - least < MIN_CONTRAST) return undefined;
  const words = [0, 0];
  for (let bit = 0; bit < 64; bit++) {
    const at = (bit >> 3) * THUMBNAIL.width + (bit & 7);
    if ((thumbnail[at] as number) < (thumbnail[at + 1] as number)) (words[bit >> 5] as number) |= 1 << (bit & 31);
  }
  const mean = sum / thumbnail.length;
  const norm = Math.sqrt(thumbnail.reduce((squares, level) => squares + (level - mean) ** 2, 0));
  return { index, thumbnail, mean, norm, low: words[0] as number, high: words[1] as number };
}

/** Fingerprints that agree in both bands, two or more at a time. */
function bucketsOf(fingerprints: readonly Fingerprint[], a: number, b: number): Fingerprint[][] {
  const buckets = new Map<number, Fingerprint[]>();
  for (const fingerprint of fingerprints) {
    const key = bandOf(fingerprint, a) * 2048 + bandOf(fingerprint, b);
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [fingerprint]);
    else bucket.push(fingerprint);
  }
  return [...buckets.values()].filter((bucket) => bucket.length > 1);
}

function bandOf(fingerprint: Fingerprint, band: number): number {
  const [start, length] = BANDS[band] as (typeof BANDS)[number];
  const word = start < 32 ? fingerprint.low : fingerprint.high;
  return (word >>> (start & 31)) & ((1 << length) - 1);
}

function compareIn(
  bucket: readonly Fingerprint[],
  [a, b]: readonly [number, number],
  rule: LikenessRule,
  found: [number, number][],
): void {
  for (let i = 0; i < bucket.length; i++) {
    const one = bucket[i] as Fingerprint;
    const end = Math.min(bucket.length, i + 1 + MAX_COMPARISONS);
    for (let j = i + 1; j < end; j++) {
      const other = bucket[j] as Fingerprint;
      if (isFirstAgreement(one, other, a, b) && isNearIdentical(one, other, rule)) found.push([one.index, other.index]);
    }
  }
}

/** Whether these are the first two bands that are equal, so that a pair that meets in several buckets is compared once. */
function isFirstAgreement(one: Fingerprint, other: Fingerprint, a: number, b: number): boolean {
  for (let band = 0; band < b; band++) {
    if (band !== a && bandOf(one, band) === bandOf(other, band)) return false;
  }
  return true;
}

function isNearIdentical(a: Fingerprint, b: Fingerprint, rule: LikenessRule): boolean {
  if (popCount(a.low ^ b.low) + popCount(a.high ^ b.high) > MAX_HAMMING) return false;
  return rule === 1 ? isNearlyEqual(a, b) : isNearlyLinear(a, b);
}

function isNearlyLinear(a: Fingerprint, b: Fingerprint): boolean {
  if (a.norm > MAX_GAIN * b.norm || b.norm > MAX_GAIN * a.norm) return false;
  let products = 0;
  for (let i = 0; i < a.thumbnail.length; i++) {
    products += ((a.thumbnail[i] as number) - a.mean) * ((b.thumbnail[i] as number) - b.mean);
  }
  const correlation = products / (a.norm * b.norm);
  return correlation > 0 && 1 - correlation * correlation <= MAX_RESIDUAL ** 2;
}

function isNearlyEqual(a: Fingerprint, b: Fingerprint): boolean {
  const shift = a.mean - b.mean;
  let left = MAX_MEAN_DIFFERENCE * a.thumbnail.length;
  for (let i = 0; i < a.thumbnail.length && left >= 0; i++) {
    left -= Math.abs((a.thumbnail[i] as number) - (b.thumbnail[i] as number) - shift);
  }
  return left >= 0;
}

/** Bits set in 32 (H. S. Warren, Hacker's Delight, 5–1). */
function popCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
