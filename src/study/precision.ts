// In what precision a graph computes its products of matrices and its convolutions.

/**
 * Everything else is float32 whatever it is: weights at rest, optimizer slots, losses, sums, statistics of normalisation. bfloat16 has the range
 * of float32 and 8 bits of mantissa; float16 has 11 bits, and a range that gradients leave unless they are scaled.
 */
export const PRECISIONS = ['float32', 'bfloat16', 'float16'] as const;
export type Precision = (typeof PRECISIONS)[number];
