// Solving triangular systems on rows of a typed array: the arithmetic that a suggestion spends its time on.
//
// Four rows share one pass over the unknowns, and two right-hand sides share one pass over the rows. Indices are kept in 32 bits
// (`| 0`), which spares V8 an overflow check for each. Every sum runs over ascending columns whatever the blocking, so all ways
// to a result give the same bits.

/** v ← L⁻¹·v over rows first … end − 1 of L (row i at i·stride); v must be zero before `first`. */
export function forwardSubstitute(L: Float64Array, stride: number, first: number, end: number, v: Float64Array): void {
  let i = first;
  for (; i + 4 <= end; i += 4) {
    const r0 = (i * stride) | 0;
    const r1 = (r0 + stride) | 0;
    const r2 = (r1 + stride) | 0;
    const r3 = (r2 + stride) | 0;
    let s0 = v[i]!;
    let s1 = v[i + 1]!;
    let s2 = v[i + 2]!;
    let s3 = v[i + 3]!;
    for (let k = first; k < i; k++) {
      const x = v[k]!;
      s0 -= L[(r0 + k) | 0]! * x;
      s1 -= L[(r1 + k) | 0]! * x;
      s2 -= L[(r2 + k) | 0]! * x;
      s3 -= L[(r3 + k) | 0]! * x;
    }
    solveFour(L, stride, i, s0, s1, s2, s3, v);
  }
  for (; i < end; i++) solveOne(L, stride, first, i, v);
}

/** `forwardSubstitute` for two right-hand sides at once. */
export function forwardSubstitutePair(
  L: Float64Array,
  stride: number,
  first: number,
  end: number,
  v: Float64Array,
  w: Float64Array,
): void {
  let i = first;
  for (; i + 4 <= end; i += 4) {
    const r0 = (i * stride) | 0;
    const r1 = (r0 + stride) | 0;
    const r2 = (r1 + stride) | 0;
    const r3 = (r2 + stride) | 0;
    let s0 = v[i]!;
    let s1 = v[i + 1]!;
    let s2 = v[i + 2]!;
    let s3 = v[i + 3]!;
    let t0 = w[i]!;
    let t1 = w[i + 1]!;
    let t2 = w[i + 2]!;
    let t3 = w[i + 3]!;
    for (let k = first; k < i; k++) {
      const x = v[k]!;
      const y = w[k]!;
      const l0 = L[(r0 + k) | 0]!;
      const l1 = L[(r1 + k) | 0]!;
      const l2 = L[(r2 + k) | 0]!;
      const l3 = L[(r3 + k) | 0]!;
      s0 -= l0 * x;
      s1 -= l1 * x;
      s2 -= l2 * x;
      s3 -= l3 * x;
      t0 -= l0 * y;
      t1 -= l1 * y;
      t2 -= l2 * y;
      t3 -= l3 * y;
    }
    solveFour(L, stride, i, s0, s1, s2, s3, v);
    solveFour(L, stride, i, t0, t1, t2, t3, w);
  }
  for (; i < end; i++) {
    solveOne(L, stride, first, i, v);
    solveOne(L, stride, first, i, w);
  }
}

/** v ← L⁻ᵀ·v over the first `end` rows of L. */
export function backSubstitute(L: Float64Array, stride: number, end: number, v: Float64Array): void {
  let i = end;
  for (; i >= 4; i -= 4) {
    const r0 = ((i - 4) * stride) | 0;
    const r1 = (r0 + stride) | 0;
    const r2 = (r1 + stride) | 0;
    const r3 = (r2 + stride) | 0;
    const x3 = v[i - 1]! / L[r3 + i - 1]!;
    const x2 = (v[i - 2]! - L[r3 + i - 2]! * x3) / L[r2 + i - 2]!;
    const x1 = (v[i - 3]! - L[r3 + i - 3]! * x3 - L[r2 + i - 3]! * x2) / L[r1 + i - 3]!;
    const x0 = (v[i - 4]! - L[r3 + i - 4]! * x3 - L[r2 + i - 4]! * x2 - L[r1 + i - 4]! * x1) / L[r0 + i - 4]!;
    for (let k = 0; k < i - 4; k++) {
      v[k] = v[k]! - L[(r3 + k) | 0]! * x3 - L[(r2 + k) | 0]! * x2 - L[(r1 + k) | 0]! * x1 - L[(r0 + k) | 0]! * x0;
    }
    v[i - 4] = x0;
    v[i - 3] = x1;
    v[i - 2] = x2;
    v[i - 1] = x3;
  }
  for (i--; i >= 0; i--) {
    const x = v[i]! / L[i * stride + i]!;
    v[i] = x;
    for (let k = 0; k < i; k++) v[k] = v[k]! - L[i * stride + k]! * x;
  }
}

/** The four unknowns of rows i … i + 3, from what is left of their right-hand sides. */
function solveFour(
  L: Float64Array,
  stride: number,
  i: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
  v: Float64Array,
): void {
  const r0 = i * stride + i;
  const r1 = r0 + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  const v0 = s0 / L[r0]!;
  const v1 = (s1 - L[r1]! * v0) / L[r1 + 1]!;
  const v2 = (s2 - L[r2]! * v0 - L[r2 + 1]! * v1) / L[r2 + 2]!;
  const rest = s3 - L[r3]! * v0 - L[r3 + 1]! * v1 - L[r3 + 2]! * v2;
  v[i] = v0;
  v[i + 1] = v1;
  v[i + 2] = v2;
  v[i + 3] = rest / L[r3 + 3]!;
}

function solveOne(L: Float64Array, stride: number, first: number, i: number, v: Float64Array): void {
  let sum = v[i]!;
  for (let k = first; k < i; k++) sum -= L[i * stride + k]! * v[k]!;
  v[i] = sum / L[i * stride + i]!;
}
