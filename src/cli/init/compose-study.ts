// The text of a first study.json, and what a person should know about it.
import { existsSync } from 'node:fs';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HpoError } from '../../study/errors.js';
import { parseStudy } from '../../study/schema/parse-study.js';
import { hasOwnWeights } from '../../backbones/backbone-weights.js';
import type { Backbone } from '../../backbones/backbone.js';
import { getBackbone } from '../../backbones/registry.js';
import { compactJson } from '../compact-json.js';
import { counted } from '../../system/format.js';
import { shortPath } from '../short-path.js';
import { countImages } from './count-images.js';
import { type FirstStudyOptions, type ImageFacts, firstStudy, imbalanceOf } from './first-study.js';
import { type ImageLayout, detectLayout } from './image-layout.js';
import type { SweptStudy } from './sweep/study-from-sweep.js';
import { withSweep } from './sweep/with-sweep.js';

export interface ComposeOptions {
  /** Missing where they are to be filled in later. */
  readonly images?: string;
  /** Absolute; where the study will lie. */
  readonly file: string;
  readonly backbone: string;
  /** A path, or 'random'. */
  readonly weights?: string;
  /** What a sweep configuration says; the rest is as for any first study. */
  readonly sweep?: SweptStudy;
}

/** Imbalance worth a word. */
const NOTABLE_IMBALANCE = 3;
const SCHEMA = fileURLToPath(new URL('../../../study.schema.json', import.meta.url));

/** @throws HpoError ERR_DATA, ERR_BACKBONE, ERR_WEIGHTS where images, backbone or weights are not as expected. */
export async function composeStudy(options: ComposeOptions): Promise<{ text: string; notes: string[] }> {
  const { images, file, weights } = options;
  const fromFile = (path: string): string => relative(dirname(file), path).split(sep).join('/') || '.';
  const backbone = getBackbone(options.backbone);
  const found = images === undefined ? undefined : await imagesIn(images);
  const name = images === undefined ? basename(dirname(file)) : studyName(images);
  const first = firstStudy({
    ...(found?.facts ?? UNKNOWN),
    name,
    data: found === undefined ? { folder: 'images' } : dataOf(found.layout, fromFile),
    backbone: { name: backbone.name, ...(weights === undefined ? {} : { weights: weightsOf(weights, fromFile) }) },
    blocks: backbone.blocks.length,
    schema: fromFile(SCHEMA),
  });
  const text = compactJson(options.sweep === undefined ? first : withSweep(first, options.sweep));
  parseStudy(text, shortPath(file), name);
  const notes = [
    ...(options.sweep?.notes ?? []),
    ...(found === undefined
      ? ["data.folder is 'images': set data to where your images lie."]
      : notesOnImages(found.layout, found.facts)),
    ...notesOnWeights(backbone, weights),
  ];
  return { text, notes };
}

/** Of images that nobody has seen yet, what is usual. */
const UNKNOWN: ImageFacts = { classes: [], counts: [500, 500] };

async function imagesIn(images: string): Promise<{ layout: ImageLayout; facts: ImageFacts }> {
  const layout = await detectLayout(images);
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

function notesOnImages(layout: ImageLayout, facts: ImageFacts): string[] {
  const total = facts.counts.reduce((sum, count) => sum + count, 0);
  const notes = [
    `${counted(total, layout.kind === 'splits' ? 'training image' : 'image')} of ${facts.classes.length} classes`,
  ];
  if (imbalanceOf(facts) > NOTABLE_IMBALANCE) {
    notes.push('The classes are imbalanced: the objective is macro F1, to which each class counts alike.');
  }
  if (layout.kind === 'folder') {
    notes.push('Validation images (and test images, where there are enough) are held out of the folder, by seed.');
    for (const unused of layout.unused) {
      notes.push(`Not used: ${shortPath(unused)}. It can be data.test once there is a folder for data.validation.`);
    }
  }
  return notes;
}

function notesOnWeights(backbone: Backbone, weights: string | undefined): string[] {
  if (weights !== undefined || hasOwnWeights(backbone)) return [];
  const source = backbone.pretrained?.kind === 'download' ? ` or \`hpo backbones pull ${backbone.name}\`` : '';
  return [`The package has no weights of ${backbone.name}: set backbone.weights to a file${source}.`];
}
