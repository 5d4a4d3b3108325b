// What stands around a sign and in front of it: pole, neighbours, leaves, stickers, shadows, glare.
import type { RandomStream } from '../../math/random.js';
import { type Mark, fill, hsl } from './mark.js';
import { ellipse, mapPath, polygon, rectangle, regular } from './path.js';
import type { Viewpoint } from './viewpoint.js';

/** Behind the sign: its pole, plates of other kinds on the same pole. */
export function behind(random: RandomStream, { project, scale, centre }: Viewpoint, difficulty: number): Mark[] {
  const marks: Mark[] = [];
  if (random.next() < 0.85) {
    const half = scale * random.uniform(0.04, 0.09);
    marks.push(
      fill(rectangle(centre[0] - half, centre[1], centre[0] + half, 110), hsl(210, 5, random.uniform(25, 75))),
    );
  }
  if (random.next() < 0.5 * difficulty) {
    const below = random.next() < 0.7;
    const plate = below ? rectangle(-0.8, 1.1, 0.8, 1.1 + random.uniform(0.4, 0.9)) : rectangle(-0.9, -2, 0.9, -1.15);
    marks.push(fill(mapPath(plate, project), anyPaint(random)));
  }
  return marks;
}

/** In front of the sign: each thing hides at most about a quarter of it. */
export function before(random: RandomStream, { project, scale, centre }: Viewpoint, difficulty: number): Mark[] {
  const marks: Mark[] = [];
  if (random.next() < 0.5 * difficulty) marks.push(...leaves(random, scale, centre));
  if (random.next() < 0.3 * difficulty) {
    const [x, y, r] = [random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6), random.uniform(0.12, 0.25)];
    marks.push(fill(mapPath(ellipse(x, y, r, r * random.uniform(0.6, 1)), project), anyPaint(random)));
  }
  if (random.next() < 0.25 * difficulty) {
    const [x, half] = [random.uniform(-0.7, 0.7), random.uniform(0.05, 0.12)];
    marks.push(
      fill(
        rectangle(centre[0] + (x - half) * scale, -5, centre[0] + (x + half) * scale, 105),
        hsl(30, 15, random.uniform(15, 60)),
      ),
    );
  }
  if (random.next() < 0.45 * difficulty) {
    const [x, lean] = [random.uniform(0, 100), random.uniform(-50, 50)];
    const band = polygon([
      [x, 0],
      [x + random.uniform(15, 45), 0],
      [x + lean + 30, 100],
      [x + lean, 100],
    ]);
    marks.push(fill(band, '#000', random.uniform(0.2, 0.5)));
  }
  if (random.next() < 0.2 * difficulty) {
    const [x, y] = [centre[0] + random.uniform(-1, 1) * scale, centre[1] - random.uniform(0, 1) * scale];
    for (const radius of [0.9, 0.6, 0.35]) marks.push(fill(ellipse(x, y, radius * scale), '#fffbe8', 0.3));
  }
  return marks;
}

/** A branch that reaches in from one side. */
function leaves(random: RandomStream, scale: number, [x, y]: readonly [number, number]): Mark[] {
  const [side, height] = [random.next() < 0.5 ? -1 : 1, random.uniform(-1, 1)];
  const hue = random.uniform(60, 140);
  return Array.from({ length: 5 + random.integer(6) }, () => {
    const [dx, dy] = [side * random.uniform(0.55, 1.3), height + random.uniform(-0.5, 0.5)];
    const size = scale * random.uniform(0.12, 0.28);
    const leaf = hsl(hue + random.uniform(-15, 15), random.uniform(20, 60), random.uniform(12, 45));
    return fill(ellipse(x + dx * scale, y + dy * scale, size, size * random.uniform(0.4, 0.9)), leaf);
  });
}

/** Things of sign-like shape and colour somewhere in the picture, none of them a sign. */
export function distractors(random: RandomStream, difficulty: number): Mark[] {
  return Array.from({ length: Math.round(random.uniform(0, 4) * difficulty) }, () => {
    const [x, y, r] = [random.uniform(0, 100), random.uniform(0, 100), random.uniform(4, 12)];
    const shape = random.pick([
      ellipse(0, 0, 1),
      regular(3, 1),
      regular(4, 1),
      rectangle(-1, -0.7, 1, 0.7),
      regular(8, 1),
    ]);
    return fill(
      mapPath(shape, ([px, py]) => [x + r * px, y + r * py]),
      anyPaint(random),
    );
  });
}

function anyPaint(random: RandomStream): string {
  return hsl(random.pick([0, 5, 30, 48, 130, 210, 220]), random.uniform(5, 85), random.uniform(30, 92));
}
