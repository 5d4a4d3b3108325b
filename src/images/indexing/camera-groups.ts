// Groups by what cameras wrote into the files: series of images taken within seconds, and single cameras.
import { must } from '../../system/must.js';
import { groupBy } from './group-by.js';
import type { FoundImage } from './look-alikes.js';

/** What `groupBy` may be in place of a pattern on paths. */
export const CAMERA_GROUPS = ['exif:series', 'exif:camera'] as const;
export type CameraGroups = (typeof CAMERA_GROUPS)[number];

/** A pause of more seconds ends a series. */
const PAUSE = 10;

export function isCameraGroups(pattern: string): pattern is CameraGroups {
  return CAMERA_GROUPS.some((one) => one === pattern);
}

/** The group of each image; undefined for one whose file does not say. */
export function cameraGroups(images: readonly FoundImage[], by: CameraGroups): (string | undefined)[] {
  if (by === 'exif:camera') return images.map(({ taken }) => (taken?.isOneDevice === true ? taken.camera : undefined));
  const groups = new Array<string | undefined>(images.length).fill(undefined);
  const timed = [...images.entries()].filter(([, { taken }]) => taken?.second !== undefined);
  for (const [camera, some] of groupBy(timed, ([, { taken }]) => taken?.camera ?? '')) {
    const inOrder = some.map(([i, { taken }]) => ({ i, second: must(taken?.second, 'a time') }));
    inOrder.sort((a, b) => a.second - b.second || a.i - b.i);
    let begin = -Infinity;
    let last = -Infinity;
    for (const { i, second } of inOrder) {
      if (second - last > PAUSE) begin = second;
      last = second;
      groups[i] = `${camera} ${begin}`;
    }
  }
  return groups;
}
