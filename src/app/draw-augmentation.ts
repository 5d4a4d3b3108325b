// Draws what a study's augmentation strategies do to its training images.
import { must } from '../system/must.js';
import { ownValue } from '../system/own.js';
import { resolve } from 'node:path';
import sharp from 'sharp';
import { HpoError, messageOf } from '../study/errors.js';
import type { StudyDefinition } from '../study/schema/parse-study.js';
import { writeAtomically } from '../system/atomic-file.js';
import { type SheetBlock, drawContactSheet } from '../images/augmentation/contact-sheet.js';
import { strategiesOf } from '../images/augmentation/strategy.js';
import { configureSharp } from '../images/pixels.js';
import { type ImageIndex, labelsOf } from '../images/indexing/image-index.js';
import { StudyImages, plainView } from '../images/study-images.js';
import { checkBackbones } from './setup/check-backbone.js';
import { fieldValues, largestValue } from './setup/field-values.js';
import { type StudySource, readStudySource } from './files/study-file.js';
import type { Messages } from './messages.js';
import { indexStudyImages } from './setup/index-study-images.js';
import { oneOf } from '../system/nearest.js';

/** Shown unless more are asked for. */
const IMAGES_SHOWN = 4;
const VIEWS_SHOWN = 8;
/** Bytes of decoded images: those of a sheet. */
const MEMORY = 256e6;
/** By the end of a file's name. */
const FORMATS: Readonly<Record<string, 'png' | 'jpeg' | 'webp'>> = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  webp: 'webp',
};

export interface DrawAugmentationOptions extends Messages {
  /** A .png, .jpg or .webp file. */
  readonly out: string;
  /** Default: all strategies that the study may use. */
  readonly strategy?: string | undefined;
  /** Rows. Default: 4. */
  readonly images?: number | undefined;
  /** Default: the study's, at most 8. */
  readonly views?: number | undefined;
  /** Of a study that is given as an object: where its relative paths start. Default: the working folder. */
  readonly directory?: string | undefined;
}

export interface DrawnAugmentation {
  /** Absolute. */
  readonly file: string;
  readonly strategies: readonly string[];
  readonly images: number;
  readonly views: number;
}

/**
 * Draws some training images of a study, and views of them as trials see them.
 * @throws HpoError ERR_USAGE where `out` is no picture or nothing is augmented, ERR_DATA, ERR_STUDY_NOT_FOUND, ERR_STUDY_INVALID.
 */
export async function drawAugmentation(
  study: StudySource,
  options: DrawAugmentationOptions,
): Promise<DrawnAugmentation> {
  const { out, onProgress, onPhase, onWarning } = options;
  checkFormat(out);
  const { definition, directory } = readStudySource(study, options.directory);
  const { data, backbone, search, validation } = definition;
  if (data === undefined || backbone === undefined) {
    throw new HpoError('ERR_USAGE', 'expected a study of the built-in trainer, got one with a custom trainer');
  }
  const strategies = chosenStrategies(definition, options.strategy);
  const side = backbone.inputSize ?? must(checkBackbones(definition, directory)[0], 'a backbone').inputSize;
  const index = await indexStudyImages({
    ...{ data, directory, seed: search.seed, validation, onProgress, onPhase },
  }).finally(() => onPhase?.(undefined));
  const resize = 'resize' in data ? data.resize : 'crop';
  configureSharp();
  const images = new StudyImages(index, side, resize, search.seed, strategiesOf(definition.augmentations), MEMORY);
  const positions = spread(index, options.images ?? IMAGES_SHOWN);
  const views = options.views ?? Math.min(VIEWS_SHOWN, largestValue(definition, 'views'));
  const blocks: SheetBlock[] = [];
  for (const strategy of strategies) blocks.push(await blockOf(index, images, strategy, positions, views));
  const sheet = await drawContactSheet(blocks, side);
  if (!sheet.isLabelled) onWarning?.('this machine has no fonts, so the sheet has no labels');
  await writePicture(out, sheet);
  return { file: resolve(out), strategies, images: positions.length, views };
}

function checkFormat(out: string): void {
  if (formatOf(out) !== undefined) return;
  const ends = Object.keys(FORMATS).map((end) => `.${end}`);
  throw new HpoError('ERR_USAGE', `expected a file that ends with ${ends.join(', ')} at --out, got ${out}`);
}

function formatOf(out: string): (typeof FORMATS)[string] | undefined {
  return ownValue(FORMATS, out.split('.').at(-1)?.toLowerCase() ?? '');
}

/** The named one, or every strategy of the study that changes an image. */
function chosenStrategies(definition: StudyDefinition, wanted: string | undefined): string[] {
  const known = strategiesOf(definition.augmentations);
  if (wanted !== undefined) {
    if (Object.hasOwn(known, wanted)) return [wanted];
    throw new HpoError('ERR_USAGE', `expected ${oneOf(Object.keys(known), wanted, ' at --strategy, got')}`);
  }
  const used = fieldValues(definition, 'augmentation').map(String);
  const changing = used.filter((name) => (known[name]?.operations.length ?? 0) > 0);
  if (changing.length > 0) return changing;
  throw new HpoError('ERR_USAGE', 'expected a study with augmentation, got one without: choose a --strategy');
}

/** Positions of training images, the classes taking turns; of more classes than images, some evenly. */
function spread(index: ImageIndex, count: number): number[] {
  // Of several labels the first counts. Images without any have a turn of their own.
  const ofClass = [...index.classes, 'none'].map(() => [] as number[]);
  index.splits.train.forEach((entry, position) => {
    ofClass[labelsOf(entry)[0] ?? index.classes.length]?.push(position);
  });
  const turns = Math.min(count, index.splits.train.length);
  const classes = ofClass.filter((positions) => positions.length > 0);
  const chosen: number[] = [];
  for (let round = 0; chosen.length < turns; round++) {
    const left = turns - chosen.length;
    const present = classes.filter((positions) => positions.length > round);
    const taken = Math.min(left, present.length);
    for (let i = 0; i < taken; i++) {
      chosen.push(must(present[Math.floor((i * present.length) / taken)], 'images of the class')[round]!);
    }
  }
  return chosen;
}

async function blockOf(
  index: ImageIndex,
  images: StudyImages,
  strategy: string,
  positions: readonly number[],
  views: number,
): Promise<SheetBlock> {
  const numbers = Array.from({ length: views }, (_, number) => number);
  const rows = [];
  for (const position of positions) {
    const entry = must(index.splits.train[position], 'an image entry');
    const names = labelsOf(entry).map((label) => must(index.classes[label], 'the name of the class'));
    const tiles = [await images.pixels(plainView('train'), position)];
    for (const number of numbers) tiles.push(await images.pixels({ split: 'train', strategy, number }, position));
    rows.push({
      labels: [names.join(', '), must(entry.file.split('/').at(-1), 'a file name')],
      tiles,
    });
  }
  return { title: strategy, columns: ['original', ...numbers.map((number) => `view ${number + 1}`)], rows };
}

async function writePicture(
  out: string,
  { pixels, width, height }: { pixels: Uint8Array; width: number; height: number },
): Promise<void> {
  try {
    const picture = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .toFormat(must(formatOf(out), 'a known format'))
      .toBuffer();
    await writeAtomically(resolve(out), [picture]);
  } catch (cause) {
    throw new HpoError('ERR_USAGE', `expected a writable file for the sheet, got ${messageOf(cause)} at ${out}`, {
      cause,
    });
  }
}
