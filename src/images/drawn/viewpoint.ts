// Where a sign stands and from where it is seen: a perspective projection of its plate into the picture.
import type { RandomStream } from '../../math/random.js';
import type { Point, PointMap } from './path.js';

export interface Viewpoint {
  /** From the plate, -1 … 1, into the picture, 0 … 100, y down. */
  readonly project: PointMap;
  /** Length in the picture of 1 on the plate, about its centre. */
  readonly scale: number;
  readonly centre: Point;
}

/** Distance of the eye in plate units; closer is stronger perspective. */
const EYE = 4.5;

/** A random viewpoint. `difficulty` in [0, 1]: smaller, more oblique, further from the centre. */
export function chooseViewpoint(random: RandomStream, difficulty: number): Viewpoint {
  const scale = random.uniform(34 - 17 * difficulty, 40 - 6 * difficulty);
  const room = Math.max(0, 50 - scale * 0.85);
  const centre: Point = [
    50 + random.uniform(-1, 1) * room * difficulty,
    50 + random.uniform(-1, 1) * room * difficulty - 4 * difficulty,
  ];
  const degrees = (most: number): number => (random.uniform(-1, 1) * most * difficulty * Math.PI) / 180;
  const [yaw, pitch, roll] = [degrees(50), degrees(25), degrees(16)];
  const [cosRoll, sinRoll] = [Math.cos(roll), Math.sin(roll)];
  const project: PointMap = ([x, y]) => {
    const [u, v] = [cosRoll * x - sinRoll * y, sinRoll * x + cosRoll * y];
    const depth = u * Math.sin(yaw) + v * Math.sin(pitch);
    const near = EYE / (EYE + depth);
    return [centre[0] + scale * u * Math.cos(yaw) * near, centre[1] + scale * v * Math.cos(pitch) * near];
  };
  return { project, scale, centre };
}
