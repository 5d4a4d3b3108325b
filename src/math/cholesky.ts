// Cholesky factorisation that can grow and shrink row by row, on typed arrays.
//
// ml-matrix's factorisation takes several times as long beyond a hundred rows and cannot append one; this is the inner loop of every
// suggestion, so it is our own. bench/linear-algebra.ts compares the two, the tests take ml-matrix for their oracle.
import { backSubstitute, forwardSubstitute, forwardSubstitutePair } from './triangular.js';

/** A pivot smaller than this share of its diagonal entry is rounding: the matrix is not safely positive definite. */
const SMALLEST_PIVOT = 1e-13;

/**
 * The lower factor L of a symmetric positive definite matrix A = L·Lᵀ, built by appending rows. Appending a row costs O(n²) and
 * gives bit for bit what factorising the larger matrix from the start would; truncating is free.
 */
export class CholeskyFactor {
  private rows: Float64Array;
  private count = 0;

  constructor(private capacity: number) {
    this.rows = new Float64Array(capacity * capacity);
  }

  /**
   * Factorises A, given as its lower triangle row by row: entry (i, j ≤ i) at i·(i + 1)/2 + j. Undefined where A is not positive
   * definite by more than rounding. `capacity` rows can be held before the memory has to grow.
   */
  static of(lower: Float64Array, size: number, capacity = size): CholeskyFactor | undefined {
    const factor = new CholeskyFactor(Math.max(size, capacity));
    for (let i = 0, at = 0; i < size; i += 2) {
      const a = lower.subarray(at, at + i + 1);
      const b = i + 1 < size ? lower.subarray(at + i + 1, at + 2 * i + 3) : undefined;
      if (!(b === undefined ? factor.append(a) : factor.appendPair(a, b))) return undefined;
      at += 2 * i + 3;
    }
    return factor;
  }

  /** The number of rows. */
  get size(): number {
    return this.count;
  }

  /**
   * Appends a row of A: its products with the rows before and, last, with itself, shape [size + 1]. Returns false, and leaves the
   * factor as it was, where A would not be positive definite by more than rounding.
   */
  append(row: Float64Array): boolean {
    const target = this.newRow(this.count, row);
    forwardSubstitute(this.rows, this.capacity, 0, this.count, target);
    return this.settle(target);
  }

  private appendPair(a: Float64Array, b: Float64Array): boolean {
    const n = this.count;
    const first = this.newRow(n, a);
    const second = this.newRow(n + 1, b);
    forwardSubstitutePair(this.rows, this.capacity, 0, n, first, second);
    if (!this.settle(first)) return false;
    let rest = second[n]!;
    for (let k = 0; k < n; k++) rest -= first[k]! * second[k]!;
    second[n] = rest / first[n]!;
    return this.settle(second);
  }

  /** Forgets all rows from `size` on. */
  truncate(size: number): void {
    this.count = Math.min(this.count, size);
  }

  /** v ← L⁻¹·v, shape [size]. */
  solveLower(v: Float64Array): void {
    forwardSubstitute(this.rows, this.capacity, 0, this.count, v);
  }

  /** v ← L⁻¹·v and w ← L⁻¹·w, in less than twice the time of one. */
  solveLowerPair(v: Float64Array, w: Float64Array): void {
    forwardSubstitutePair(this.rows, this.capacity, 0, this.count, v, w);
  }

  /** v ← L⁻ᵀ·v, shape [size]. */
  solveUpper(v: Float64Array): void {
    backSubstitute(this.rows, this.capacity, this.count, v);
  }

  /** log det A. */
  logDeterminant(): number {
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += Math.log(this.rows[i * this.capacity + i]!);
    return 2 * sum;
  }

  /** A⁻¹, its lower triangle row by row like the argument of `of`. */
  inverse(): Float64Array {
    const n = this.count;
    // Row i holds column i of L⁻¹, which is zero before i; A⁻¹ = L⁻ᵀ·L⁻¹ is made of their products.
    const columns = Array.from({ length: n }, () => new Float64Array(n));
    for (let i = 0; i < n; i += 2) {
      const even = columns[i] as Float64Array;
      const odd = columns[i + 1] ?? new Float64Array(n);
      even[i] = 1;
      if (i + 1 < n) odd[i + 1] = 1;
      forwardSubstitutePair(this.rows, this.capacity, i, n, even, odd);
    }
    return productsOf(columns);
  }

  /** A copy of a row of A in the place where its row of L will be, shape [i + 1]. */
  private newRow(i: number, row: Float64Array): Float64Array {
    if (i >= this.capacity) this.grow();
    const target = this.rows.subarray(i * this.capacity, i * this.capacity + i + 1);
    target.set(row);
    return target;
  }

  /** Turns the last entry of a solved row into its pivot and counts the row in. */
  private settle(row: Float64Array): boolean {
    const n = this.count;
    const diagonal = row[n]!;
    let rest = diagonal;
    for (let k = 0; k < n; k++) rest -= row[k]! ** 2;
    if (!(rest > diagonal * SMALLEST_PIVOT)) return false;
    row[n] = Math.sqrt(rest);
    this.count = n + 1;
    return true;
  }

  private grow(): void {
    const capacity = Math.max(8, Math.ceil(this.capacity * 1.5));
    const rows = new Float64Array(capacity * capacity);
    for (let i = 0; i < this.count; i++) {
      rows.set(this.rows.subarray(i * this.capacity, i * this.capacity + i + 1), i * capacity);
    }
    this.rows = rows;
    this.capacity = capacity;
  }
}

/** The inner products of all pairs of columns, of which column i is zero before i; two by two, which halves the reading. */
function productsOf(columns: readonly Float64Array[]): Float64Array {
  const n = columns.length;
  const products = new Float64Array((n * (n + 1)) / 2);
  const nothing = new Float64Array(n);
  for (let i = 0; i < n; i += 2) {
    const a = columns[i] as Float64Array;
    const b = columns[i + 1] ?? nothing;
    const rowA = (i * (i + 1)) / 2;
    const rowB = rowA + i + 1;
    for (let j = 0; j <= i; j += 2) {
      const c = columns[j] as Float64Array;
      const d = columns[j + 1] ?? nothing;
      let ac = 0;
      let ad = 0;
      let bc = 0;
      let bd = 0;
      for (let k = i; k < n; k++) {
        const x = a[k]!;
        const y = b[k]!;
        const u = c[k]!;
        const v = d[k]!;
        ac += x * u;
        ad += x * v;
        bc += y * u;
        bd += y * v;
      }
      products[rowA + j] = ac;
      if (j + 1 <= i) products[rowA + j + 1] = ad;
      if (i + 1 < n) {
        products[rowB + j] = bc;
        products[rowB + j + 1] = bd;
      }
    }
  }
  return products;
}
