// Student's t distribution: what a mean of few values leaves open.

/** Terms after which the continued fraction has long converged, for any degrees of freedom. */
const MOST_TERMS = 300;
const TINY = 1e-300;
/** Halvings of an interval of quantiles; more change nothing in double precision. */
const HALVINGS = 200;
/** Lanczos coefficients for g = 7 (Godfrey 2001). */
const LANCZOS: readonly [number, ...number[]] = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** P(T ≤ t) with so many degrees of freedom, above 0. By the incomplete beta function (Abramowitz and Stegun 1964, 26.7.1). */
export function studentCdf(t: number, freedom: number): number {
  if (Number.isNaN(t)) return NaN;
  const tail = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The t below which a share of the distribution lies, in (0, 1). */
export function studentQuantile(share: number, freedom: number): number {
  if (share === 0.5) return 0;
  if (share < 0.5) return -studentQuantile(1 - share, freedom);
  let [low, high] = [0, 1];
  while (studentCdf(high, freedom) < share && high < 1e12) high *= 2;
  for (let i = 0; i < HALVINGS && low < high; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentCdf(middle, freedom) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Press et al. 2007, 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
  let [c, d] = [1, 1 - ((a + b) * x) / (a + 1)];
  d = 1 / (Math.abs(d) < TINY ? TINY : d);
  let fraction = d;
  for (let m = 1; m <= MOST_TERMS; m++) {
    const before = fraction;
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + term * d;
      d = 1 / (Math.abs(d) < TINY ? TINY : d);
      c = 1 + term / c;
      if (Math.abs(c) < TINY) c = TINY;
      fraction *= c * d;
    }
    if (Math.abs(fraction - before) <= 1e-15 * Math.abs(fraction)) break;
  }
  return front * fraction;
}

/** Above 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const [first, ...others] = LANCZOS;
  const sum = others.reduce((total, coefficient, i) => total + coefficient / (x + i), first);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
