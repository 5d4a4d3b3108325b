// Lays a map of where a network looked over a picture: see-through where it looked least, yellow, then red where it looked most.

export interface Picture {
  /** width · height · 4. */
  readonly rgba: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

export interface PictureMap {
  /** [rows, columns], row by row. */
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The picture with the map over it. It refers to nothing outside itself: the page of a model carries its text.
 * @param picture RGBA, row by row.
 * @param map of the whole picture; what is below zero speaks against the class and is not shown.
 * @returns RGBA of the same size. The map is scaled to its own maximum.
 */
export function overlaid(
  { rgba: picture, width, height }: Picture,
  { values: map, rows, columns }: PictureMap,
): Uint8ClampedArray {
  let most = 0;
  for (let i = 0; i < rows * columns; i++) most = Math.max(most, map[i] ?? 0);
  const result = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const v = Math.min(rows - 1, Math.max(0, ((y + 0.5) / height) * rows - 0.5));
    const above = Math.min(rows - 1, Math.floor(v));
    const below = Math.min(rows - 1, above + 1);
    for (let x = 0; x < width; x++) {
      const u = Math.min(columns - 1, Math.max(0, ((x + 0.5) / width) * columns - 0.5));
      const left = Math.min(columns - 1, Math.floor(u));
      const right = Math.min(columns - 1, left + 1);
      const [down, across] = [v - above, u - left];
      const upper = (map[above * columns + left] ?? 0) * (1 - across) + (map[above * columns + right] ?? 0) * across;
      const lower = (map[below * columns + left] ?? 0) * (1 - across) + (map[below * columns + right] ?? 0) * across;
      const value = most > 0 ? Math.max(0, upper * (1 - down) + lower * down) / most : 0;
      const at = 4 * (y * width + x);
      const cover = 0.7 * value;
      result[at] = (picture[at] ?? 0) * (1 - cover) + 255 * cover;
      result[at + 1] = (picture[at + 1] ?? 0) * (1 - cover) + 220 * (1 - value) * cover;
      result[at + 2] = (picture[at + 2] ?? 0) * (1 - cover);
      result[at + 3] = picture[at + 3] ?? 255;
    }
  }
  return result;
}
