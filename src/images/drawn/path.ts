// Outlines: SVG path data of absolute M, L, C, Q and Z alone, so that a point map can be applied to every coordinate.

export type Point = readonly [x: number, y: number];
export type PointMap = (point: Point) => Point;

/** The path with every point mapped. Control points are mapped like the rest: exact for affine maps, close for mild perspective. */
export function mapPath(path: string, map: PointMap): string {
  return path.replace(/(-?[\d.]+)[ ,]+(-?[\d.]+)/g, (_, x: string, y: string) => show(map([Number(x), Number(y)])));
}

export function polygon(points: readonly Point[]): string {
  return `M${points.map(show).join('L')}Z`;
}

/** A regular polygon in the circle of this radius; `turn` in degrees, 0 puts a corner on top. */
export function regular(corners: number, radius: number, turn = 0): string {
  return polygon(Array.from({ length: corners }, (_, i) => polar(radius, turn + (360 * i) / corners)));
}

/** The point at this distance from the origin, clockwise from the top by an angle in degrees. */
export function polar(radius: number, degrees: number): Point {
  const angle = (degrees * Math.PI) / 180;
  return [radius * Math.sin(angle), -radius * Math.cos(angle)];
}

export function rectangle(left: number, top: number, right: number, bottom: number): string {
  return polygon([
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ]);
}

/** An ellipse of four cubic curves. */
export function ellipse(x: number, y: number, radiusX: number, radiusY = radiusX): string {
  const [h, v] = [radiusX * 0.5523, radiusY * 0.5523];
  const [l, r, t, b] = [x - radiusX, x + radiusX, y - radiusY, y + radiusY];
  const curve = (...points: Point[]): string => `C${points.map(show).join(' ')}`;
  return [
    `M${show([x, t])}`,
    curve([x + h, t], [r, y - v], [r, y]),
    curve([r, y + v], [x + h, b], [x, b]),
    curve([x - h, b], [l, y + v], [l, y]),
    curve([l, y - v], [x - h, t], [x, t]),
    'Z',
  ].join('');
}

/** The path scaled about the origin, then moved. */
export function place(path: string, x: number, y: number, scale: number): string {
  return mapPath(path, ([px, py]) => [x + px * scale, y + py * scale]);
}

/** A point in path data, to a ten-thousandth: the same text on every machine. */
function show([x, y]: Point): string {
  return `${Math.round(x * 1e4) / 1e4} ${Math.round(y * 1e4) / 1e4}`;
}
