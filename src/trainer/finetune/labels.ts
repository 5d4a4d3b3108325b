// Labels as the loss takes them: rows that sum to one.

/** Rows of 0 and 1, shape [positions, classes]; `smoothing` spreads that share of each row over all classes (Szegedy et al. 2016). */
export function labelRows(
  labels: ArrayLike<number>,
  positions: ArrayLike<number>,
  classes: number,
  smoothing: number,
): Float32Array {
  const rows = new Float32Array(positions.length * classes).fill(smoothing / classes);
  for (let i = 0; i < positions.length; i++) {
    const cell = i * classes + (labels[positions[i] as number] as number);
    rows[cell] = (rows[cell] as number) + 1 - smoothing;
  }
  return rows;
}
