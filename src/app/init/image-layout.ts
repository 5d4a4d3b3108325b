// How a folder of images is laid out: a folder for each split, or one folder that is yet to be split.
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HpoError, messageOf } from '../../study/errors.js';

export type ImageLayout =
  | { readonly kind: 'splits'; readonly train: string; readonly validation: string; readonly test?: string }
  /** `unused`: splits beside it that cannot serve without one for validation. */
  | { readonly kind: 'folder'; readonly folder: string; readonly unused: readonly string[] };

const SPLIT_NAMES = {
  train: ['train', 'training', 'train_set', 'trainset'],
  validation: ['validation', 'val', 'valid', 'dev', 'val_set', 'validation_set'],
  test: ['test', 'testing', 'holdout', 'test_set', 'testset'],
} as const;

/** Archives often hold one folder in another; deeper than this they hold something else. */
const MAX_NESTING = 4;

/** Absolute paths. @throws HpoError ERR_DATA where the folder cannot be read, or holds images without classes. */
export async function detectLayout(images: string): Promise<ImageLayout> {
  let root = resolve(images);
  for (let depth = 0; ; depth++) {
    const entries = await visibleEntries(root);
    const folders = await foldersAmong(root, entries);
    const find = (split: keyof typeof SPLIT_NAMES): string | undefined =>
      folders.find((name) => (SPLIT_NAMES[split] as readonly string[]).includes(name.toLowerCase()));
    const [train, validation, test] = [find('train'), find('validation'), find('test')];
    if (train !== undefined && validation !== undefined) {
      const splits = { train: join(root, train), validation: join(root, validation) };
      return { kind: 'splits', ...splits, ...(test === undefined ? {} : { test: join(root, test) }) };
    }
    if (train !== undefined) {
      return { kind: 'folder', folder: join(root, train), unused: test === undefined ? [] : [join(root, test)] };
    }
    const only = folders.length === 1 && entries.length === 1 ? folders[0] : undefined;
    if (only === undefined || depth === MAX_NESTING || !(await hasFolders(join(root, only)))) {
      if (folders.length === 0) throw withoutClasses(images, entries.length);
      await refuseDataSets(root, folders);
      return { kind: 'folder', folder: root, unused: [] };
    }
    root = join(root, only);
  }
}

/** Names of the folders, and of the links to folders; a broken link is none. */
async function foldersAmong(root: string, entries: readonly Dirent[]): Promise<string[]> {
  const names: string[] = [];
  for (const entry of entries) {
    const isLink = entry.isSymbolicLink();
    const target = isLink ? await stat(join(root, entry.name)).catch(() => undefined) : entry;
    if (target?.isDirectory() === true) names.push(entry.name);
  }
  return names;
}

/** Folders that have splits of their own are data sets, not classes. */
async function refuseDataSets(root: string, folders: readonly string[]): Promise<void> {
  const trains: readonly string[] = SPLIT_NAMES.train;
  for (const folder of folders) {
    const inside = await visibleEntries(join(root, folder));
    if (!inside.some((entry) => entry.isDirectory() && trains.includes(entry.name.toLowerCase()))) continue;
    const found = `${folder}, which has its own splits`;
    throw new HpoError(
      'ERR_DATA',
      `expected one folder of images per class in ${root}, got ${found}: pass that folder instead`,
    );
  }
}

async function hasFolders(path: string): Promise<boolean> {
  return (await visibleEntries(path)).some((entry) => entry.isDirectory());
}

async function visibleEntries(path: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.') && name !== '__MACOSX');
  } catch (error) {
    throw new HpoError('ERR_DATA', `expected a folder of images, got ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function withoutClasses(images: string, files: number): HpoError {
  const found = files === 0 ? 'an empty folder' : `${files} files without a folder for each class`;
  return new HpoError(
    'ERR_DATA',
    `expected a folder with one folder of images per class (or train/, val/ and test/ with such folders), got ${found}: ${images}`,
  );
}
