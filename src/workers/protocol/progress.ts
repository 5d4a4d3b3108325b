// A trainer's word on how far it is, passed on at a pace that costs nothing.

/** How far the current epoch is. */
export interface Progress {
  /** In [0, 1]. */
  readonly share: number;
  /** Images that went through the network since the last message. */
  readonly images: number;
}

/** Milliseconds between two messages. */
const PACE = 500;

/** What trainers call after every batch: says the latest share, and the images since it last said something. */
export function throttledProgress(
  say: (message: { readonly type: 'progress' } & Progress) => void,
  clock: () => number = () => performance.now(),
): (share: number, images?: number) => void {
  let saidAt = clock();
  let pending = 0;
  return (share, images = 0) => {
    pending += images;
    const now = clock();
    if (now - saidAt < PACE) return;
    saidAt = now;
    say({ type: 'progress', share: Math.min(1, Math.max(0, share)), images: pending });
    pending = 0;
  };
}
