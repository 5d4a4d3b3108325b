// How a folder of images is laid out: a folder for each split, or one folder with a folder for each class.
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Split } from '../../images/indexing/image-index.js';
import { SPLIT_FOLDERS } from '../../images/indexing/split-folders.js';
import { HpoError, messageOf } from '../../study/errors.js';
import { counted, listed } from '../../system/format.js';

export type ImageLayout =
  | { readonly kind: 'splits'; readonly train: string; readonly validation: string; readonly test?: string }
  /** `unused`: splits beside it that cannot serve without one for validation. */
  | { readonly kind: 'folder'; readonly folder: string; readonly unused: readonly string[] };

/** splits: folders named train, val, … are splits. classes: every folder is a class. auto: as the folders suggest. */
export const LAYOUTS = ['auto', 'splits', 'classes'] as const;
export type LayoutChoice = (typeof LAYOUTS)[number];

/** Archives often hold one folder in another; deeper than this they hold something else. */
const MAX_NESTING = 4;

/**
 * The layout of a folder of images. A folder named like a split is one where it has class folders; with images in it, it is a class.
 * @returns absolute paths.
 * @throws HpoError ERR_DATA where the folder cannot be read, holds images without classes, or can be understood in two ways.
 */
export async function detectLayout(images: string, choice: LayoutChoice = 'auto'): Promise<ImageLayout> {
  let root = resolve(images);
  for (let depth = 0; ; depth++) {
    const folders = await foldersIn(root);
    if (choice !== 'classes') {
      const splits = splitsAmong(root, folders, choice === 'splits');
      if (splits !== undefined) return splits;
    }
    const only = folders.length === 1 && (await visibleEntries(root)).length === 1 ? folders[0] : undefined;
    if (only === undefined || depth === MAX_NESTING || only.inside.length === 0) {
      if (folders.length === 0) throw await withoutClasses(images, root);
      if (choice === 'splits')
        throw ambiguous(root, `no folder named ${SPLIT_FOLDERS.train[0]} with class folders in it`);
      if (choice === 'auto') refuseNested(root, folders);
      return { kind: 'folder', folder: root, unused: [] };
    }
    root = join(root, only.name);
  }
}

interface Folder {
  readonly name: string;
  /** Names of the folders in it. */
  readonly inside: readonly string[];
  /** How many other entries it has. */
  readonly files: number;
}

function splitsAmong(root: string, folders: readonly Folder[], isForced: boolean): ImageLayout | undefined {
  const find = (split: Split): Folder | undefined =>
    folders.find(({ name, inside }) => {
      return inside.length > 0 && SPLIT_FOLDERS[split].includes(name.toLowerCase());
    });
  const [train, validation, test] = [find('train'), find('validation'), find('test')];
  if (train === undefined) return undefined;
  const others = folders.filter((folder) => ![train, validation, test].includes(folder));
  if (others.length > 0 && validation === undefined && test === undefined && !isForced) {
    const names = listed(others.map(({ name }) => `'${name}'`));
    throw ambiguous(root, `'${train.name}', which may be a split or a class, beside ${names}`);
  }
  const path = (folder: Folder): string => join(root, folder.name);
  if (validation === undefined) {
    return { kind: 'folder', folder: path(train), unused: test === undefined ? [] : [path(test)] };
  }
  const splits = { train: path(train), validation: path(validation) };
  return { kind: 'splits', ...splits, ...(test === undefined ? {} : { test: path(test) }) };
}

/** Folders that hold nothing but folders may be sites, years or data sets, whose folders are the classes. */
function refuseNested(root: string, folders: readonly Folder[]): void {
  const dataSet = folders.find(({ inside }) => inside.some((name) => SPLIT_FOLDERS.train.includes(name.toLowerCase())));
  if (dataSet !== undefined) {
    throw new HpoError(
      'ERR_DATA',
      `expected one folder of images per class in ${root}, got ${dataSet.name}, which has its own splits: pass that folder instead`,
    );
  }
  const [first, ...others] = folders;
  const shared = first?.inside.filter((name) => others.every(({ inside }) => inside.includes(name))) ?? [];
  if (others.length === 0 || shared.length < 2 || folders.some(({ files }) => files > 0)) return;
  const found = `${listed(folders.slice(0, 4).map(({ name }) => `'${name}'`))}, each with the folders ${listed(shared.slice(0, 6).map((name) => `'${name}'`))}`;
  throw ambiguous(root, `${found}; if those are the classes, put all images of a class into one folder`);
}

function ambiguous(root: string, found: string): HpoError {
  return new HpoError(
    'ERR_DATA',
    `expected one folder of images per class in ${root}, or train and val with such folders, got ${found}. Say which with --layout classes (every folder here is a class) or --layout splits`,
  );
}

/** The folders in a folder, links to folders among them; a broken link is none. */
async function foldersIn(root: string): Promise<Folder[]> {
  const folders: Folder[] = [];
  for (const entry of await visibleEntries(root)) {
    if (!(await isFolder(root, entry))) continue;
    const entries = await visibleEntries(join(root, entry.name));
    const inside: string[] = [];
    for (const one of entries) if (await isFolder(join(root, entry.name), one)) inside.push(one.name);
    folders.push({ name: entry.name, inside, files: entries.length - inside.length });
  }
  return folders;
}

async function isFolder(parent: string, entry: Dirent): Promise<boolean> {
  const target = entry.isSymbolicLink() ? await stat(join(parent, entry.name)).catch(() => undefined) : entry;
  return target?.isDirectory() === true;
}

async function visibleEntries(path: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.') && name !== '__MACOSX');
  } catch (error) {
    throw new HpoError('ERR_DATA', `expected a folder of images, got ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function withoutClasses(images: string, root: string): Promise<HpoError> {
  const files = (await visibleEntries(root)).length;
  const found = files === 0 ? 'an empty folder' : `${counted(files, 'file')} without a folder for each class`;
  return new HpoError(
    'ERR_DATA',
    `expected a folder with one folder of images per class (or train/, val/ and test/ with such folders), got ${found}: ${images}`,
  );
}
