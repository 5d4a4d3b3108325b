// Draws one image: a sign or pictogram in a scene, rasterised, then photographed.
import { fog, night, rain } from '../augmentation/weather.js';
import { blur, noise } from '../augmentation/filters.js';
import { recolour } from '../augmentation/colour.js';
import sharp from 'sharp';
import { RandomStream } from '../../math/random.js';
import { DEFAULT_DIFFICULTY, type Drawing, FAMILY_CLASSES, type Family, type Weather } from './drawn-data.js';
import { type Mark, fill, stroke, toSvg } from './mark.js';
import { behind, before, distractors } from './obstacles.js';
import { mapPath } from './path.js';
import { pictogram } from './pictograms.js';
import { scene } from './scenery.js';
import { SIGNS, type Sign, mixPaint } from './traffic-signs.js';
import { type Viewpoint, chooseViewpoint } from './viewpoint.js';

/** Increased whenever the same drawing would give other pixels than before. */
export const DRAWING_VERSION = 1;

/**
 * The pixels of a drawn image: RGB, uint8, size · size · 3. The same arguments give the same picture, and other sizes the
 * same scene.
 */
export function drawImage(
  family: Family,
  classIndex: number,
  instance: number,
  size: number,
  seed: number,
  difficulty = DEFAULT_DIFFICULTY,
): Promise<Uint8Array> {
  return draw({ type: 'drawn', family, classIndex, instance, seed, difficulty }, size);
}

/** As `drawImage`. */
export async function draw(drawing: Drawing, size: number): Promise<Uint8Array> {
  const { family, classIndex, instance, seed, difficulty, weather } = drawing;
  const className = FAMILY_CLASSES[family][classIndex];
  if (className === undefined) {
    throw new RangeError(`expected a class of '${family}' below ${FAMILY_CLASSES[family].length}, got ${classIndex}`);
  }
  const random = RandomStream.of(seed, 'drawn', family, className, instance);
  const svg = sceneOf(family, className, random, difficulty, size);
  const raster = await sharp(Buffer.from(svg)).flatten({ background: '#808080' }).raw({ depth: 'uchar' }).toBuffer();
  const pixels = new Uint8Array(raster);
  photograph(pixels, size, random.derive('photograph'), difficulty, weather);
  return pixels;
}

function sceneOf(family: Family, className: string, random: RandomStream, difficulty: number, size: number): string {
  const viewpoint = chooseViewpoint(random.derive('viewpoint'), difficulty);
  const surroundings = random.derive('surroundings');
  const sign = signOf(family, className, random.derive('sign'), difficulty);
  const marks = [
    ...scene(surroundings),
    ...distractors(surroundings, difficulty),
    ...behind(surroundings, viewpoint, difficulty),
    ...seen(sign, viewpoint),
    ...before(surroundings, viewpoint, difficulty),
  ];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">`;
  return `${head}${marks.map(toSvg).join('')}</svg>`;
}

function signOf(family: Family, className: string, random: RandomStream, difficulty: number): Sign {
  if (family === 'pictograms') return pictogram(className, random);
  return (SIGNS[className] as (typeof SIGNS)[string])(mixPaint(random, difficulty));
}

/** The sign as it stands in the picture: a soft shadow, then its marks. */
function seen({ outline, marks }: Sign, { project, scale }: Viewpoint): Mark[] {
  const shadow = fill(
    mapPath(outline, (point) => {
      const [x, y] = project(point);
      return [x + 0.06 * scale, y + 0.08 * scale];
    }),
    '#000',
    0.25,
  );
  const projected = marks.map((mark) => {
    const path = mapPath(mark.path, project);
    return mark.stroke === undefined ? { ...mark, path } : stroke(path, mark.stroke, (mark.width ?? 0) * scale);
  });
  return [shadow, ...projected];
}

/**
 * From a drawn scene to a photograph: weather, exposure, focus and noise, made by the augmentation operations. Changes the pixels (RGB, uint8,
 * size · size · 3) in place. `difficulty` in [0, 1].
 */
function photograph(
  pixels: Uint8Array,
  size: number,
  random: RandomStream,
  difficulty: number,
  weather?: readonly Weather[],
): void {
  if (weather === undefined) anyWeather(pixels, size, random, difficulty);
  else oneWeather(pixels, size, random, random.pick(weather));
  expose(pixels, random, difficulty);
  if (random.next() < 0.5) blur(pixels, size, random.uniform(0, 0.022) * difficulty);
  noise(pixels, random.uniform(0.004, 0.045) * difficulty, random);
}

function anyWeather(pixels: Uint8Array, size: number, random: RandomStream, difficulty: number): void {
  const weather = random.next();
  const force = random.uniform(0.35, 0.95) * difficulty;
  if (weather < 0.25) fog(pixels, size, force, random);
  else if (weather < 0.5) night(pixels, size, Math.min(0.9, 0.25 + force * 0.8), random);
  if (random.next() < 0.3) rain(pixels, size, random.uniform(0.3, 1) * difficulty, random);
}

/** A weather that was asked for is a strong one, however difficult the picture is otherwise. */
function oneWeather(pixels: Uint8Array, size: number, random: RandomStream, weather: Weather): void {
  const force = random.uniform(0.6, 0.9);
  if (weather === 'fog') fog(pixels, size, force, random);
  else if (weather === 'night') night(pixels, size, force, random);
  else if (weather === 'rain') rain(pixels, size, force, random);
}

/** Exposure and white balance. */
function expose(pixels: Uint8Array, random: RandomStream, difficulty: number): void {
  const gain = 1 + random.uniform(-0.3, 0.3) * difficulty;
  const warmth = random.uniform(-0.14, 0.14) * difficulty;
  const lift = random.uniform(-14, 22) * difficulty;
  recolour(pixels, [
    [gain * (1 + warmth), 0, 0, lift],
    [0, gain, 0, lift],
    [0, 0, gain * (1 - warmth), lift],
  ]);
}
