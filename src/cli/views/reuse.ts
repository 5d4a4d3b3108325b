// What computing frozen features once has saved, for people and for programs.
import type { History } from '../../study/history.js';
import { secondsSaved, workOfStudy } from '../../study/reuse.js';
import { formatDuration } from '../../system/format.js';

/** "3109 images through the frozen part instead of 62088 (20 times fewer), 6 min of computing saved"; undefined where nothing is known. */
export function reuseText(history: History): string | undefined {
  const work = workOfStudy(history);
  const { needed, computed } = work;
  if (needed === 0) return undefined;
  if (computed === 0) return `no image had to go through the frozen part: the features of all ${needed} were cached`;
  if (computed >= needed) return `${computed} images through the frozen part: nothing was reused`;
  const saved = formatDuration(secondsSaved(work) ?? NaN);
  const times = Number((needed / computed).toPrecision(2));
  return `${computed} images through the frozen part instead of ${needed} (${times} times fewer), ${saved} of computing saved`;
}

/** Null where the trainer does not say. */
export function reuseJson(history: History): object | null {
  const work = workOfStudy(history);
  if (work.needed === 0) return null;
  return { imagesNeeded: work.needed, imagesComputed: work.computed, secondsSaved: secondsSaved(work) ?? null };
}
