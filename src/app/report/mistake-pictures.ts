// The most confidently wrong images of an evaluation as small pictures to embed.
import { dirname, relative, resolve } from 'node:path';
import sharp from 'sharp';
import type { PicturedMistake } from '../../report/report-input.js';
import { HpoError, messageOf } from '../../study/errors.js';
import type { DataConfiguration } from '../../study/schema/study-schema.js';
import { type ImageSource, isTargetSplit, splitWords } from '../../images/indexing/image-index.js';
import { must } from '../../system/must.js';
import { configureSharp, openImage, readImage, readPixels, reasonOf } from '../../images/pixels.js';
import { draw } from '../../images/drawn/draw-image.js';
import { drawingOf } from '../../images/drawn/drawn-data.js';
import type { ModelEvaluation } from '../../trainer/evaluation.js';
import { explainedPicture } from '../explain/explained-picture.js';
import type { StudyView } from '../files/read-study.js';
import type { OpenClassifier } from '../model/open-classifier.js';

/** The longer side, in pixels: twice what a page shows, for sharp screens. */
const SIDE = 320;
/** A picture takes about 10 kB, and the worst case of noise about 60 kB: all of them well below the page's own library. */
const QUALITY = 72;
const MOST_PICTURES = 12;

interface Pictures {
  readonly mistakes: readonly PicturedMistake[];
  /** Why the first of those without a picture has none. */
  readonly problem?: string;
}

/** Of an evaluation's mistakes the first dozen. Images that are gone or cannot be read any more are listed without a picture. */
export async function picturesOf(
  { definition, file, layout }: Pick<StudyView, 'definition' | 'file' | 'layout'>,
  evaluation: ModelEvaluation,
  /** The best model, to show where it looked. */
  classifier?: OpenClassifier,
): Promise<Pictures> {
  const { data } = definition;
  if (data === undefined) return { mistakes: [] };
  configureSharp();
  // A run lies beside its study file.
  const directory = file === undefined ? dirname(layout.root) : dirname(file);
  const mistakes: PicturedMistake[] = [];
  let problem: string | undefined;
  for (const mistake of evaluation.mistakes.slice(0, MOST_PICTURES)) {
    const { file: image, label, actual, predicted, confidence } = mistake;
    let shown: PicturedMistake = { file: image, actual, predicted, confidence };
    try {
      const source = sourceOf(data, directory, evaluation.split, image);
      shown = { ...shown, picture: embedded(await pictureOf(source)) };
      if (classifier !== undefined) {
        shown = { ...shown, looked: embedded(await lookedAt(source, classifier, label ?? predicted)) };
      }
    } catch (error) {
      problem ??= messageOf(error);
    }
    mistakes.push(shown);
  }
  return problem === undefined ? { mistakes } : { mistakes, problem };
}

type FileData = Exclude<DataConfiguration, { drawn: unknown }>;

/** Where the names of the images begin. */
function folderOf(data: FileData, split: ModelEvaluation['split']): string {
  if (!isTargetSplit(split)) return validationFolder(data);
  const folder = split === 'targetTest' ? data.target?.test : data.target?.validation;
  if (folder === undefined)
    throw new HpoError('ERR_IMAGE', `expected ${splitWords(split)} images of the study, got none`);
  return folder;
}

function validationFolder(data: FileData): string {
  if ('table' in data) return data.images ?? dirname(data.table);
  return 'folder' in data ? data.folder : data.validation;
}

function sourceOf(
  data: DataConfiguration,
  directory: string,
  split: ModelEvaluation['split'],
  image: string,
): ImageSource {
  if ('drawn' in data) {
    const { family, seed, difficulty } = data.drawn;
    const { weather } = isTargetSplit(split) ? must(data.target, 'a target') : data.drawn;
    const origin = { type: 'drawn', family, seed, difficulty } as const;
    return drawingOf(weather === undefined ? origin : { ...origin, weather }, image);
  }
  const root = resolve(directory, folderOf(data, split));
  const path = resolve(root, image);
  // Its name comes out of the run's folder, which somebody else may have made.
  if (relative(root, path).startsWith('..') || !path.startsWith(root)) {
    throw new HpoError('ERR_IMAGE', `expected an image of the study, got ${path}`);
  }
  return { type: 'file', path };
}

async function pictureOf(source: ImageSource): Promise<Buffer> {
  if (source.type === 'drawn') {
    const pixels = await draw(source, SIDE);
    return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .webp({ quality: QUALITY })
      .toBuffer();
  }
  const bytes = await readImage(source.path);
  try {
    const small = (await openImage(bytes)).resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true });
    return await small.webp({ quality: QUALITY }).toBuffer();
  } catch (cause) {
    throw new HpoError('ERR_IMAGE', `expected a readable image, got '${reasonOf(cause)}' at ${source.path}`, { cause });
  }
}

/** What the network saw, and where it looked for the class that it gave. */
async function lookedAt(source: ImageSource, classifier: OpenClassifier, label: string): Promise<Buffer> {
  const { inputSize, resize, classes } = classifier;
  const index = classes.indexOf(label);
  if (index < 0) throw new HpoError('ERR_WEIGHTS', `expected a model with the class '${label}', got one without`);
  const map = await classifier.activationMap(await readPixels(source, inputSize, resize), index);
  return explainedPicture(await readPixels(source, SIDE, resize), SIDE, map)
    .webp({ quality: QUALITY })
    .toBuffer();
}

function embedded(picture: Buffer): string {
  return `data:image/webp;base64,${picture.toString('base64')}`;
}
