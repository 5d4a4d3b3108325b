// Margins of windows in tfjs-core: as padding by the kernel where it takes them, else put around the images beforehand.
import { tfjsPadding, type TfjsPadding, type Window } from '../operations/window.js';
import type { TfjsLowering, TfjsTensor } from './lowering.js';

/** Whether a window has margins that the backend's kernels do not take. */
export function hasForeignMargins(
  { namedPaddingOnly }: TfjsLowering,
  window: Window,
  image: readonly number[],
  size: readonly [number, number],
): boolean {
  return namedPaddingOnly && typeof tfjsPadding(window, image, size) !== 'string';
}

/** Images [B, H, W, C] and the padding with which a kernel is to see them; `fill` is what the margins hold. */
export function framedFor(
  lowering: TfjsLowering,
  x: TfjsTensor<4>,
  window: Window,
  size: readonly [number, number],
  fill = 0,
): { readonly x: TfjsTensor<4>; readonly pad: TfjsPadding } {
  const pad = tfjsPadding(window, x.shape, size);
  if (!hasForeignMargins(lowering, window, x.shape, size)) return { x, pad };
  const [[top, bottom], [left, right]] = window.margins;
  const margins: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return { x: lowering.tf.pad<TfjsTensor<4>>(x, margins, fill), pad: 'valid' };
}
