// Twenty-four pictograms in frames of every shape and colour: what a backbone learns to see before it meets a sign.
import type { RandomStream } from '../../math/random.js';
import { word } from './glyphs.js';
import { type Mark, fill, hsl, stroke } from './mark.js';
import { ellipse, place, polar, polygon, rectangle, regular } from './path.js';
import type { Sign } from './traffic-signs.js';

/** Shapes of plates; a class that is itself a shape has no other plate. */
const FRAMES: readonly string[] = [
  ellipse(0, 0, 1),
  rectangle(-0.92, -0.92, 0.92, 0.92),
  regular(4, 1.12),
  regular(8, 1.03, 22.5),
  regular(5, 1.08),
  'M-0.85 -0.9L0.85 -0.9L0.85 0.1C0.85 0.6 0.4 0.9 0 1C-0.4 0.9 -0.85 0.6 -0.85 0.1Z',
  rectangle(-1.05, -0.72, 1.05, 0.72),
];

/** Classes that are the plate itself. */
const PLATES: Readonly<Record<string, string>> = {
  hexagon: regular(6, 1.02),
  triangle: regular(3, 1.1),
  ring: ellipse(0, 0, 1),
};

type Icon = (ink: string, ground: string) => readonly Mark[];
const filled =
  (path: string): Icon =>
  (ink) => [fill(path, ink)];
const written =
  (text: string): Icon =>
  (ink) => [stroke(word(text, text.length > 1 ? 0.8 : 1.05), ink, 0.18)];

/** What stands on the plate, within a circle of radius 0.7. */
const ICONS: Readonly<Record<string, Icon>> = {
  anchor: (ink) => [
    stroke('M0 -0.3L0 0.6M-0.28 -0.12L0.28 -0.12M-0.56 0.12C-0.5 0.66 0.5 0.66 0.56 0.12', ink, 0.14),
    stroke(ellipse(0, -0.45, 0.15), ink, 0.12),
  ],
  'arrow-left': filled('M-0.68 0L-0.08 -0.52L-0.08 -0.18L0.66 -0.18L0.66 0.18L-0.08 0.18L-0.08 0.52Z'),
  'arrow-up': filled('M0 -0.68L0.52 -0.08L0.18 -0.08L0.18 0.66L-0.18 0.66L-0.18 -0.08L-0.52 -0.08Z'),
  bars: (ink) => [-0.42, 0, 0.42].map((y) => fill(rectangle(-0.6, y - 0.12, 0.6, y + 0.12), ink)),
  bolt: filled('M0.14 -0.7L-0.42 0.12L-0.06 0.12L-0.16 0.7L0.42 -0.18L0.06 -0.18Z'),
  chevron: (ink) => [stroke('M-0.5 -0.05L0 -0.5L0.5 -0.05', ink, 0.2), stroke('M-0.5 0.45L0 0L0.5 0.45', ink, 0.2)],
  cloud: (ink) => [
    fill(ellipse(-0.3, 0.12, 0.3), ink),
    fill(ellipse(0.05, -0.12, 0.36), ink),
    fill(ellipse(0.38, 0.14, 0.28), ink),
    fill(rectangle(-0.3, 0.1, 0.38, 0.42), ink),
  ],
  crescent: (ink, ground) => [fill(ellipse(0, 0, 0.66), ink), fill(ellipse(0.28, -0.1, 0.54), ground)],
  cross: filled(
    'M-0.2 -0.62L0.2 -0.62L0.2 -0.2L0.62 -0.2L0.62 0.2L0.2 0.2L0.2 0.62L-0.2 0.62L-0.2 0.2L-0.62 0.2L-0.62 -0.2L-0.2 -0.2Z',
  ),
  'digit-2': written('2'),
  'digit-4': written('4'),
  'digit-7': written('7'),
  fish: (ink, ground) => [
    fill('M-0.66 0C-0.4 -0.5 0.2 -0.45 0.36 0C0.2 0.45 -0.4 0.5 -0.66 0Z', ink),
    fill('M0.24 0L0.7 -0.36L0.7 0.36Z', ink),
    fill(ellipse(-0.36, -0.08, 0.08), ground),
  ],
  heart: filled(
    'M0 0.64C-0.9 0 -0.62 -0.6 -0.28 -0.56C-0.1 -0.54 0 -0.4 0 -0.28C0 -0.4 0.1 -0.54 0.28 -0.56C0.62 -0.6 0.9 0 0 0.64Z',
  ),
  house: (ink, ground) => [
    fill('M0 -0.68L0.66 -0.08L-0.66 -0.08Z', ink),
    fill(rectangle(-0.46, -0.1, 0.46, 0.6), ink),
    fill(rectangle(-0.13, 0.18, 0.13, 0.6), ground),
  ],
  'letter-a': written('A'),
  'letter-k': written('K'),
  'letter-r': written('R'),
  'number-60': written('60'),
  'number-90': written('90'),
  star: filled(polygon(Array.from({ length: 10 }, (_, i) => polar(i % 2 === 0 ? 0.72 : 0.3, 36 * i)))),
};

/** A pictogram of this class, its frame and colours drawn from `random`. */
export function pictogram(className: string, random: RandomStream): Sign {
  const ground = colour(random, random.next() < 0.5);
  const ink = contrasting(random, ground);
  const rim = random.next() < 0.5 ? contrasting(random, ground) : ink;
  const outline = PLATES[className] ?? random.pick(FRAMES);
  const plate = [
    fill(outline, rim.css),
    fill(
      place(outline, 0, 0, className === 'ring' ? random.uniform(0.4, 0.62) : random.uniform(0.74, 0.97)),
      ground.css,
    ),
  ];
  const icon = ICONS[className]?.(ink.css, ground.css) ?? [];
  const size = random.uniform(0.85, 1.05);
  return { outline, marks: [...plate, ...icon.map((mark) => resized(mark, size))] };
}

interface Colour {
  readonly css: string;
  readonly isLight: boolean;
}

/** A strong colour, or near black or white. */
function colour(random: RandomStream, isLight: boolean): Colour {
  const hue = random.uniform(0, 360);
  const isGrey = random.next() < 0.35;
  const saturation = isGrey ? random.uniform(0, 12) : random.uniform(50, 95);
  const lightness = isLight ? random.uniform(isGrey ? 80 : 58, 96) : random.uniform(6, isGrey ? 22 : 44);
  return { css: hsl(hue, saturation, lightness), isLight };
}

function contrasting(random: RandomStream, { isLight }: Colour): Colour {
  return colour(random, !isLight);
}

function resized(mark: Mark, size: number): Mark {
  return {
    ...mark,
    path: place(mark.path, 0, 0, size),
    ...(mark.width === undefined ? {} : { width: mark.width * size }),
  };
}
