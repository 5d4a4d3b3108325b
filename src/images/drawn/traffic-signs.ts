// Eight European traffic signs on a plate that spans -1 … 1 in x and y.
import type { RandomStream } from '../../math/random.js';
import { word } from './glyphs.js';
import { type Mark, fill, hsl, stroke } from './mark.js';
import { ellipse, mapPath, polar, polygon, rectangle, regular } from './path.js';

/** The colours of one sign: paint differs, and fades. */
export interface Paint {
  readonly red: string;
  readonly blue: string;
  readonly yellow: string;
  readonly white: string;
  readonly black: string;
}

/** `fading` in [0, 1]: how much of the paint's colour may have gone. */
export function mixPaint(random: RandomStream, fading: number): Paint {
  const loss = random.uniform(0, fading);
  return {
    red: hsl(random.uniform(-12, 10), 82 - 40 * loss, random.uniform(40, 50) + 12 * loss),
    blue: hsl(random.uniform(204, 226), 75 - 40 * loss, random.uniform(35, 48) + 10 * loss),
    yellow: hsl(random.uniform(40, 54), 92 - 45 * loss, random.uniform(48, 56) + 8 * loss),
    white: hsl(random.uniform(20, 220), 8, random.uniform(86, 97) - 14 * loss),
    black: hsl(0, 0, random.uniform(4, 14) + 18 * loss),
  };
}

/** A sign's outline, for its rim and its shadow, and what is on it. */
export interface Sign {
  readonly outline: string;
  readonly marks: readonly Mark[];
}

const disc = ellipse(0, 0, 1);

function ringed(text: string, { red, white, black }: Paint): Sign {
  return {
    outline: disc,
    marks: [fill(disc, red), fill(ellipse(0, 0, 0.76), white), stroke(word(text, 0.78), black, 0.17)],
  };
}

/** How each class is painted. */
export const SIGNS: Readonly<Record<string, (paint: Paint) => Sign>> = {
  'no-entry': ({ red, white }) => ({
    outline: disc,
    marks: [fill(disc, red), fill(rectangle(-0.7, -0.19, 0.7, 0.19), white)],
  }),
  'pedestrian-crossing': ({ blue, white, black }) => {
    const plate = rectangle(-0.95, -0.95, 0.95, 0.95);
    const stripes = [-0.52, -0.26, 0, 0.26, 0.52].map((x) =>
      fill(
        polygon([
          [x - 0.05, 0.42],
          [x + 0.05, 0.42],
          [x * 1.15 + 0.08, 0.62],
          [x * 1.15 - 0.08, 0.62],
        ]),
        black,
      ),
    );
    const walker =
      'M0.02 -0.22L-0.03 0.08L-0.22 0.42M-0.03 0.08L0.14 0.2L0.2 0.42M0 -0.18L-0.2 0L-0.26 0.12M0.02 -0.16L0.18 -0.02L0.28 0.02';
    return {
      outline: plate,
      marks: [
        fill(plate, blue),
        fill('M0 -0.82L0.84 0.68L-0.84 0.68Z', white),
        ...stripes,
        stroke(walker, black, 0.1),
        fill(ellipse(0.04, -0.36, 0.1), black),
      ],
    };
  },
  'priority-road': ({ yellow, white, black }) => ({
    outline: regular(4, 1),
    marks: [fill(regular(4, 1), white), stroke(regular(4, 0.97), black, 0.04), fill(regular(4, 0.72), yellow)],
  }),
  roundabout: ({ blue, white }) => {
    const arm = 'M0.12 -0.52C0.36 -0.46 0.52 -0.24 0.53 0.04';
    const head = polygon([
      [0.27, 0.02],
      [0.79, 0.02],
      [0.5, 0.42],
    ]);
    const turned = (path: string, degrees: number): string =>
      mapPath(path, ([x, y]) => polar(Math.hypot(x, y), (Math.atan2(x, -y) * 180) / Math.PI + degrees));
    const arrows = [0, 120, 240].flatMap((turn) => [
      stroke(turned(arm, turn), white, 0.17),
      fill(turned(head, turn), white),
    ]);
    return { outline: disc, marks: [fill(disc, blue), ...arrows] };
  },
  'speed-30': (paint) => ringed('30', paint),
  'speed-50': (paint) => ringed('50', paint),
  stop: ({ red, white }) => ({
    outline: regular(8, 1.03, 22.5),
    marks: [
      fill(regular(8, 1.03, 22.5), white),
      fill(regular(8, 0.96, 22.5), red),
      stroke(word('STOP', 0.52), white, 0.11),
    ],
  }),
  yield: ({ red, white }) => ({
    outline: regular(3, 1.12, 180),
    marks: [fill(regular(3, 1.12, 180), red), fill(regular(3, 0.62, 180), white)],
  }),
};
