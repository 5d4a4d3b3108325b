// Small pictures with several shapes each, and the table of what is in them: images with several labels.
import { RandomStream } from '../../src/math/random.js';
import { type PictureFolder, patches } from './indexing/picture-folder.js';

export const SHAPES = ['circle', 'square', 'triangle'] as const;
export type Shape = (typeof SHAPES)[number];

/** How often each shape is there: one of them is rare. */
const SHARES: Readonly<Record<Shape, number>> = { circle: 0.5, square: 0.4, triangle: 0.2 };

const DRAWINGS: Readonly<Record<Shape, (x: number, y: number) => string>> = {
  circle: (x, y) => `<circle cx="${x}" cy="${y}" r="9" fill="#d01020" stroke="#fff" stroke-width="2"/>`,
  square: (x, y) =>
    `<rect x="${x - 9}" y="${y - 9}" width="18" height="18" fill="#1030c0" stroke="#fff" stroke-width="2"/>`,
  triangle: (x, y) => `<path d="M${x} ${y - 10} l10 18 h-20 z" fill="#f0c010" stroke="#111" stroke-width="2"/>`,
};

/** The shapes of a picture; each number has its own. */
export function shapesOf(number: number): Shape[] {
  const random = RandomStream.of('shapes', number);
  return SHAPES.filter((shape) => random.next() < SHARES[shape]);
}

/** 64 × 64 pixels, each shape in a third of its own. */
export async function shapeScene(number: number): Promise<Buffer> {
  const random = RandomStream.of('places', number);
  const columns = random.permutation(3);
  const marks = shapesOf(number).map((shape, i) =>
    DRAWINGS[shape](11 + 21 * (columns[i] ?? 0) + random.uniform(-1, 1), random.uniform(14, 50)),
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">${marks.join('')}</svg>`;
  return patches(number)
    .resize(64, 64, { fit: 'fill' })
    .linear(0.5, 60)
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
}

/** `photos/0.png` …, and labels.csv with a column for each shape. */
export async function writeScenes(folder: PictureFolder, count: number): Promise<void> {
  const rows = ['file,circle,square,triangle'];
  for (let i = 0; i < count; i++) {
    await folder.write(`photos/${i}.png`, await shapeScene(i));
    const shapes = shapesOf(i);
    rows.push([`${i}.png`, ...SHAPES.map((shape) => (shapes.includes(shape) ? 1 : 0))].join(','));
  }
  await folder.write('labels.csv', `${rows.join('\n')}\n`);
}
