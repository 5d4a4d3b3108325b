// Drawn images as data: what a study says of them, and what identifies one.
import { HpoError } from '../../study/errors.js';

export const FAMILIES = ['pictograms', 'traffic-signs'] as const;
export type Family = (typeof FAMILIES)[number];

/** The classes of each family, sorted. The families share none, so that one can pre-train for the other. */
export const FAMILY_CLASSES: Readonly<Record<Family, readonly string[]>> = {
  pictograms: [
    'anchor',
    'arrow-left',
    'arrow-up',
    'bars',
    'bolt',
    'chevron',
    'cloud',
    'crescent',
    'cross',
    'digit-2',
    'digit-4',
    'digit-7',
    'fish',
    'heart',
    'hexagon',
    'house',
    'letter-a',
    'letter-k',
    'letter-r',
    'number-60',
    'number-90',
    'ring',
    'star',
    'triangle',
  ],
  'traffic-signs': [
    'no-entry',
    'pedestrian-crossing',
    'priority-road',
    'roundabout',
    'speed-30',
    'speed-50',
    'stop',
    'yield',
  ],
};

/** The weathers in which a picture can be drawn. */
export type Weather = 'clear' | 'fog' | 'night' | 'rain';

/** From 0, a sign that fills a clear picture, to 1, small, oblique, hidden, and in any weather. */
export const DEFAULT_DIFFICULTY = 0.6;

/** Drawn images as a study asks for them. */
export interface DrawnData {
  readonly family: Family;
  /** Images of each class. */
  readonly perClass: { readonly train: number; readonly validation: number; readonly test?: number | undefined };
  /** Default 0. Not the study's seed: other trials, the same images. */
  readonly seed?: number | undefined;
  /** In [0, 1]. */
  readonly difficulty?: number | undefined;
  /** Each picture has one of them, all as likely. Default: any mixture, the more the more difficult. */
  readonly weather?: readonly Weather[] | undefined;
}

/** Drawn images of another domain: the same motifs in other weather. */
export interface DrawnTarget {
  readonly weather: readonly Weather[];
  /** Images of each class; no label is read of those that are unlabelled. */
  readonly perClass: {
    readonly unlabelled: number;
    readonly validation?: number | undefined;
    readonly test?: number | undefined;
  };
}

/** Where an index's images come from when they are drawn. */
export interface DrawnOrigin {
  readonly type: 'drawn';
  readonly family: Family;
  readonly seed: number;
  readonly difficulty: number;
  readonly weather?: readonly Weather[];
}

/** One drawn image, at whatever size. */
export interface Drawing extends DrawnOrigin {
  /** An index of the family's classes. */
  readonly classIndex: number;
  /** Counts the images of a class from 0. */
  readonly instance: number;
}

/** The name of an image in an index. */
export function fileOf(className: string, instance: number): string {
  return `${className}/${instance}`;
}

/** The image of this name. Throws ERR_IMAGE where there can be none. */
export function drawingOf(origin: DrawnOrigin, file: string): Drawing {
  const { family } = origin;
  const [className, number] = file.split('/');
  const classIndex = FAMILY_CLASSES[family].indexOf(className ?? '');
  const instance = Number(number);
  if (classIndex < 0 || number === '' || !Number.isSafeInteger(instance)) {
    throw new HpoError('ERR_IMAGE', `expected a class of '${family}' and a number, got the drawn image '${file}'`);
  }
  return { ...origin, classIndex, instance };
}
