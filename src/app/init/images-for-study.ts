// What hpo init finds: images in folders, or a table of them.
import { relative, sep } from 'node:path';
import { classesText } from '../../study/events.js';
import { isMultilabel } from '../../study/task.js';
import { counted } from '../../system/format.js';
import { shortPath } from '../../system/short-path.js';
import { countImages } from './count-images.js';
import { type FirstStudyOptions, type ImageFacts, imbalanceOf } from './first-study.js';
import { type ImageLayout, type LayoutChoice, detectLayout } from './image-layout.js';

/** Images for a first study. */
export interface FoundImages {
  readonly facts: ImageFacts;
  /** Paths relative to the study's folder. */
  readonly data: FirstStudyOptions['data'];
  /** A sentence each. */
  readonly notes: readonly string[];
}

/** The most class names that a note lists. */
const NAMED_CLASSES = 12;
/** Imbalance worth a word. */
const NOTABLE_IMBALANCE = 3;

/** @param directory of the study file. @throws HpoError ERR_DATA. */
export async function imagesInFolders(images: string, directory: string, choice?: LayoutChoice): Promise<FoundImages> {
  const layout = await detectLayout(images, choice);
  const facts = await countImages(layout.kind === 'splits' ? layout.train : layout.folder);
  const notes = [...folderNotes(layout, facts), ...imbalanceNotes(facts), ...splitNotes(layout)];
  return { facts, data: dataOf(layout, (path) => pathFrom(directory, path)), notes };
}

/** A path as a study file in this directory writes it. */
export function pathFrom(directory: string, path: string): string {
  return relative(directory, path).split(sep).join('/') || '.';
}

function dataOf(layout: ImageLayout, fromFile: (path: string) => string): FirstStudyOptions['data'] {
  if (layout.kind === 'folder') return { folder: fromFile(layout.folder) };
  const { train, validation, test } = layout;
  const splits = { train: fromFile(train), validation: fromFile(validation) };
  return test === undefined ? splits : { ...splits, test: fromFile(test) };
}

function folderNotes(layout: ImageLayout, facts: ImageFacts): string[] {
  const isSplit = layout.kind === 'splits';
  const root = isSplit ? layout.train : layout.folder;
  const empty = facts.classes.filter((_, i) => facts.counts[i] === 0);
  return [
    classesNote(facts, isSplit ? 'training image' : 'image', `, the folders of ${shortPath(root)}`),
    ...(empty.length > 0 ? [`No images yet: ${empty.join(', ')}. A study needs some of every class.`] : []),
    ...(isSplit
      ? [`Splits by their names: train is ${shortPath(layout.train)}, validation is ${shortPath(layout.validation)}.`]
      : []),
  ];
}

/** '398 images of 2 classes: ants, bees' */
export function classesNote({ classes, counts, images, task }: ImageFacts, noun: string, where = ''): string {
  const total = images ?? counts.reduce((sum, count) => sum + count, 0);
  const names = classes.slice(0, NAMED_CLASSES).join(', ');
  const more = classes.length > NAMED_CLASSES ? `, and ${classes.length - NAMED_CLASSES} more` : '';
  return `${counted(total, noun)} ${classesText({ classes, ...(task === undefined ? {} : { task }) })}${where}: ${names}${more}`;
}

export function imbalanceNotes(facts: ImageFacts): string[] {
  if (imbalanceOf(facts) <= NOTABLE_IMBALANCE || isMultilabel(facts)) return [];
  return ['The classes are imbalanced, so the objective is macro F1: every class counts equally.'];
}

function splitNotes(layout: ImageLayout): string[] {
  if (layout.kind !== 'folder') return [];
  return [
    'Validation images (and test images, where there are enough) are held out of the folder, by seed.',
    ...layout.unused.map(
      (unused) => `Not used: ${shortPath(unused)}. It can be data.test once there is a folder for data.validation.`,
    ),
  ];
}
