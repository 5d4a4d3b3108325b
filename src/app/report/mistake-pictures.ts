// The most confidently wrong validation images as small pictures to embed.
import { dirname, relative, resolve } from 'node:path';
import sharp from 'sharp';
import type { PicturedMistake } from '../../report/report-input.js';
import { HpoError, messageOf } from '../../study/errors.js';
import type { DataConfiguration } from '../../study/schema/study-schema.js';
import { configureSharp, openImage, readImage, reasonOf } from '../../images/pixels.js';
import { draw } from '../../images/drawn/draw-image.js';
import { drawingOf } from '../../images/drawn/drawn-data.js';
import type { ModelEvaluation } from '../../trainer/evaluation.js';
import type { StudyView } from '../files/read-study.js';

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
): Promise<Pictures> {
  const { data } = definition;
  if (data === undefined) return { mistakes: [] };
  configureSharp();
  // A run lies beside its study file.
  const directory = file === undefined ? dirname(layout.root) : dirname(file);
  const mistakes: PicturedMistake[] = [];
  let problem: string | undefined;
  for (const mistake of evaluation.mistakes.slice(0, MOST_PICTURES)) {
    const { file: image, actual, predicted, confidence } = mistake;
    const shown = { file: image, actual, predicted, confidence };
    try {
      const picture = await pictureOf(data, directory, image);
      mistakes.push({ ...shown, picture: `data:image/webp;base64,${picture.toString('base64')}` });
    } catch (error) {
      problem ??= messageOf(error);
      mistakes.push(shown);
    }
  }
  return problem === undefined ? { mistakes } : { mistakes, problem };
}

/** Where the names of validation images begin. */
function validationFolder(data: Exclude<DataConfiguration, { drawn: unknown }>): string {
  if ('table' in data) return data.images ?? dirname(data.table);
  return 'folder' in data ? data.folder : data.validation;
}

async function pictureOf(data: DataConfiguration, directory: string, image: string): Promise<Buffer> {
  if ('drawn' in data) {
    const { family, seed, difficulty } = data.drawn;
    const pixels = await draw(drawingOf({ type: 'drawn', family, seed, difficulty }, image), SIDE);
    return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .webp({ quality: QUALITY })
      .toBuffer();
  }
  const root = resolve(directory, validationFolder(data));
  const path = resolve(root, image);
  // Its name comes out of the run's folder, which somebody else may have made.
  if (relative(root, path).startsWith('..') || !path.startsWith(root)) {
    throw new HpoError('ERR_IMAGE', `expected an image of the study, got ${path}`);
  }
  const bytes = await readImage(path);
  try {
    const small = (await openImage(bytes)).resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true });
    return await small.webp({ quality: QUALITY }).toBuffer();
  } catch (cause) {
    throw new HpoError('ERR_IMAGE', `expected a readable image, got '${reasonOf(cause)}' at ${path}`, { cause });
  }
}
