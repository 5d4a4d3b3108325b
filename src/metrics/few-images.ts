// What cannot be known from few images, in words.
import { formatDigits } from '../system/format.js';

/** With fewer images than these it is worth saying. */
const FEW_IMAGES = 50;
/** The share of right images that the words take as an example. */
const EXAMPLE = 0.9;
/** The normal quantile of a 95 % interval. */
const Z = 1.96;

/**
 * The 95 % score interval of a share of so many images (E. B. Wilson, 'Probable Inference, the Law of Succession, and Statistical Inference',
 * JASA 1927): closed, and right at the borders.
 */
export function wilsonInterval(share: number, images: number): readonly [number, number] {
  const middle = (share + Z ** 2 / (2 * images)) / (1 + Z ** 2 / images);
  const half = (Z * Math.sqrt((share * (1 - share)) / images + Z ** 2 / (4 * images ** 2))) / (1 + Z ** 2 / images);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Undefined where there are enough of them, or none. @param kind of images, such as 'test'. */
export function limitsOfFewImages(images: number, kind = 'validation'): string | undefined {
  if (images <= 0 || images >= FEW_IMAGES) return undefined;
  const [low, high] = wilsonInterval(EXAMPLE, images).map((share) => formatDigits(share, 2));
  const one = formatDigits(1 / images, 2);
  return `only ${images} ${kind} images: one image is ${one} of the accuracy, and ${EXAMPLE} on them may be ${low} to ${high} on new images. Trials that differ by a few images cannot be told apart`;
}
