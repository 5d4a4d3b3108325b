// Backgrounds: road, forest, town, fields and sky, in a picture of 100 × 100.
import type { RandomStream } from '../../math/random.js';
import { type Mark, fill, hsl, stroke } from './mark.js';
import { ellipse, polygon, rectangle } from './path.js';

type Scenery = (random: RandomStream) => Mark[];

const repeat = (count: number, make: (i: number) => Mark[]): Mark[] =>
  Array.from({ length: count }, (_, i) => make(i)).flat();

/** A gradient of bands, clouds on it. */
const sky: Scenery = (random) => {
  const isGrey = random.next() < 0.4;
  const hue = random.uniform(195, 225);
  const saturation = isGrey ? random.uniform(0, 15) : random.uniform(35, 70);
  const top = random.uniform(45, 70);
  const bands = repeat(7, (i) => [
    fill(rectangle(0, i * 15, 100, 100), hsl(hue, saturation * (1 - i / 10), top + i * random.uniform(2, 4))),
  ]);
  const clouds = repeat(random.integer(6), () => {
    const [x, y] = [random.uniform(0, 100), random.uniform(0, 60)];
    return [fill(ellipse(x, y, random.uniform(8, 25), random.uniform(3, 8)), hsl(hue, 8, random.uniform(75, 97)), 0.7)];
  });
  return [...bands, ...clouds];
};

const forest: Scenery = (random) => {
  const hue = random.uniform(70, 140);
  const ground = [fill(rectangle(0, 0, 100, 100), hsl(hue, random.uniform(15, 40), random.uniform(15, 45)))];
  const crowns = repeat(14 + random.integer(14), () => {
    const [x, y, r] = [random.uniform(-5, 105), random.uniform(-5, 90), random.uniform(6, 20)];
    const leaf = hsl(hue + random.uniform(-30, 20), random.uniform(15, 55), random.uniform(10, 45));
    if (random.next() < 0.4)
      return [
        fill(
          polygon([
            [x, y - 1.6 * r],
            [x + 0.7 * r, y + r],
            [x - 0.7 * r, y + r],
          ]),
          leaf,
        ),
      ];
    return [fill(ellipse(x, y, r, r * random.uniform(0.7, 1.2)), leaf)];
  });
  const trunks = repeat(2 + random.integer(5), () => {
    const [x, width] = [random.uniform(0, 100), random.uniform(1, 4)];
    return [
      fill(
        rectangle(x, random.uniform(0, 50), x + width, 100),
        hsl(random.uniform(15, 40), 25, random.uniform(12, 40)),
      ),
    ];
  });
  return [...ground, ...crowns, ...trunks];
};

const town: Scenery = (random) => {
  const houses = repeat(4 + random.integer(4), (i) => {
    const left = i * 18 + random.uniform(-8, 4);
    const [width, top] = [random.uniform(16, 30), random.uniform(0, 50)];
    const wall = hsl(random.uniform(0, 60), random.uniform(5, 50), random.uniform(25, 80));
    const glass = hsl(random.uniform(190, 230), random.uniform(5, 40), random.uniform(10, 75));
    const [columns, step] = [2 + random.integer(3), random.uniform(9, 15)];
    const windows = repeat(columns * 4, (k) => {
      const x = left + ((k % columns) + 0.25) * (width / columns);
      const y = top + 4 + Math.floor(k / columns) * step;
      return [fill(rectangle(x, y, x + (width / columns) * 0.5, y + step * 0.55), glass)];
    });
    return [fill(rectangle(left, top, left + width, 100), wall), ...windows];
  });
  // Shop signs, awnings and cars: strong colours that are no traffic sign.
  const bright = repeat(1 + random.integer(4), () => {
    const [x, y] = [random.uniform(-5, 95), random.uniform(10, 95)];
    const paint = hsl(random.pick([0, 5, 45, 50, 210, 220, 130, 300]), random.uniform(55, 90), random.uniform(35, 60));
    const right = x + random.uniform(8, 30);
    return [
      fill(rectangle(x, y, right, y + random.uniform(4, 16)), paint),
      fill(rectangle(x + 2, y + 2, right - 3, y + 4), '#eee', 0.7),
    ];
  });
  return [...sky(random), ...houses, ...bright];
};

const road: Scenery = (random) => {
  const horizon = random.uniform(35, 65);
  const verge = hsl(random.uniform(40, 120), random.uniform(15, 50), random.uniform(25, 55));
  const asphalt = hsl(220, random.uniform(0, 8), random.uniform(25, 55));
  const [vanish, left, right] = [random.uniform(10, 90), random.uniform(-40, 30), random.uniform(70, 140)];
  const line = (x: number, width: number): Mark =>
    fill(
      polygon([
        [vanish, horizon],
        [x - width, 100],
        [x + width, 100],
      ]),
      hsl(50, 10, random.uniform(70, 95)),
    );
  const hills = repeat(3, () => [
    fill(
      ellipse(random.uniform(0, 100), horizon + 3, random.uniform(20, 50), random.uniform(5, 18)),
      hsl(random.uniform(80, 200), random.uniform(10, 35), random.uniform(20, 55)),
    ),
  ]);
  const posts = repeat(random.integer(4), () => [
    stroke(
      `M${random.uniform(0, 100).toFixed(2)} ${random.uniform(20, 50).toFixed(2)}L${random.uniform(0, 100).toFixed(2)} 100`,
      hsl(0, 0, random.uniform(20, 70)),
      random.uniform(0.5, 1.5),
    ),
  ]);
  return [
    ...sky(random),
    ...hills,
    fill(rectangle(0, horizon, 100, 100), verge),
    fill(
      polygon([
        [vanish - 1, horizon],
        [vanish + 1, horizon],
        [right, 100],
        [left, 100],
      ]),
      asphalt,
    ),
    line(left + 6, 1.5),
    line(right - 6, 1.5),
    line((left + right) / 2, 1.2),
    ...posts,
  ];
};

const fields: Scenery = (random) => {
  const horizon = random.uniform(20, 70);
  const strips = repeat(6, (i) => {
    const y = horizon + i * random.uniform(4, 9);
    return [
      fill(
        polygon([
          [0, y],
          [100, y + random.uniform(-6, 6)],
          [100, 100],
          [0, 100],
        ]),
        hsl(random.uniform(30, 130), random.uniform(20, 65), random.uniform(25, 65)),
      ),
    ];
  });
  return [...sky(random), ...strips];
};

/** The marks of a random scene, back to front. */
export function scene(random: RandomStream): Mark[] {
  return random.pick([sky, forest, town, road, fields])(random);
}
