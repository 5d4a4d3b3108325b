// Finds the files of a folder with one folder of images per class.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { HpoError, messageOf } from '../../study/errors.js';
import { type SkippedFile, byCodeUnit } from './image-index.js';

/** Formats that `openImage` reads. */
export const READABLE: ReadonlySet<string> = new Set(
  ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'gif', 'tif', 'tiff', 'avif', 'heic', 'heif', 'hif', 'bmp', 'dib'].map(
    (extension) => `.${extension}`,
  ),
);
/** Formats of pictures that it does not read. */
const CONVERTIBLE = new Set(
  [
    ...['jp2', 'jxl', 'ppm', 'pgm', 'pbm', 'pnm', 'svg', 'dcm', 'psd', 'ico', 'tga', 'exr', 'hdr', 'pdf', 'eps'],
    ...['cr2', 'cr3', 'nef', 'arw', 'dng', 'raf', 'orf', 'rw2', 'nii', 'mha', 'fits', 'svs', 'pcx'],
  ].map((extension) => `.${extension}`),
);
/** What file managers leave in folders. */
const LITTER = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini']);

export interface FoundFile {
  /** Below the root, with forward slashes. */
  readonly file: string;
  readonly className: string;
}

export interface Scan {
  readonly root: string;
  /** Names in Unicode's composed form (NFC), in the order of `folders`; a class is here even where no image was found in it. */
  readonly classes: readonly string[];
  /** The folder of each class as the file system spells it, sorted; the first of those whose names are one class. */
  readonly folders: readonly string[];
  /** Sorted by path. */
  readonly files: readonly FoundFile[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Lists the class folders of `root` and the files that may be images, at any depth. Hidden entries are passed over;
 * symbolic links are followed once. Folders whose names differ only in their Unicode form are one class.
 * @param place how messages call the folder, such as `data.train`.
 * @throws HpoError ERR_DATA where `root` is no folder that can be read.
 */
export async function scanClassFolders(root: string, place: string): Promise<Scan> {
  const folderOf = new Map<string, string>();
  const files: FoundFile[] = [];
  const skipped: SkippedFile[] = [];
  // A link up to the root, or to what holds it, would bring other classes' images in under this class's name.
  const above = await selfAndAncestors(root);
  for (const entry of await listRoot(root, place)) {
    if ((await kindOf(root, entry)) === 'folder') {
      const className = entry.name.normalize('NFC');
      if (!folderOf.has(className)) folderOf.set(className, entry.name);
      await collect(entry.name, className, new Set(above));
    } else {
      skipped.push({ file: join(root, entry.name), reason: 'outside any class folder: move it into one' });
    }
  }
  return { root, classes: [...folderOf.keys()], folders: [...folderOf.values()], files, skipped };

  async function collect(folder: string, className: string, seen: Set<string>): Promise<void> {
    const found = await filesBelow(root, folder, seen);
    files.push(...found.files.map((file) => ({ file, className })));
    skipped.push(...found.skipped);
  }
}

/**
 * Lists the files below `root` that may be images, at any depth, whatever their folders are called. Entries as in `scanClassFolders`.
 * @throws HpoError ERR_DATA where `root` is no folder that can be read.
 */
export async function scanFolder(root: string, place: string): Promise<FilesBelow> {
  await listRoot(root, place, 'a folder of images');
  return filesBelow(root, '', new Set());
}

export interface FilesBelow {
  /** Paths below the root, with forward slashes, in order. */
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
}

/** The files of a folder below `root` ('' for the root itself), at any depth. @param seen real paths of folders not to enter again. */
async function filesBelow(root: string, folder: string, seen: Set<string>): Promise<FilesBelow> {
  const files: string[] = [];
  const skipped: SkippedFile[] = [];
  async function collect(below: string): Promise<void> {
    const path = join(root, below);
    const entries = await list(path, seen);
    if (typeof entries === 'string') skipped.push({ file: path, reason: entries });
    else for (const entry of entries) await sort(path, below === '' ? entry.name : `${below}/${entry.name}`, entry);
  }
  async function sort(path: string, file: string, entry: Dirent): Promise<void> {
    const kind = await kindOf(path, entry);
    if (kind === 'folder') return collect(file);
    const reason = kind === 'other' ? 'neither a file nor a folder' : unreadable(entry.name);
    if (reason === undefined) files.push(file);
    else skipped.push({ file: join(root, file), reason });
  }
  await collect(folder);
  return { files, skipped };
}

/**
 * Paths of the files below a folder whose names are those of images, at any depth, sorted. Nothing hidden; links are followed once.
 * @throws HpoError ERR_DATA where the folder cannot be listed, or holds no image.
 */
export async function imageFilesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const seen = new Set<string>();
  async function collect(path: string): Promise<void> {
    const entries = await list(path, seen);
    if (typeof entries === 'string') throw new HpoError('ERR_DATA', `expected a folder of images, got ${entries}`);
    for (const entry of entries) {
      const file = join(path, entry.name);
      const kind = await kindOf(path, entry);
      if (kind === 'folder') await collect(file);
      else if (kind === 'file' && READABLE.has(extname(entry.name).toLowerCase())) found.push(file);
    }
  }
  await collect(folder);
  if (found.length > 0) return found;
  throw new HpoError(
    'ERR_DATA',
    `expected images in ${folder}, got none: names that end with ${[...READABLE].join(', ')}`,
  );
}

async function selfAndAncestors(root: string): Promise<string[]> {
  const paths: string[] = [];
  let path = await realpath(root).catch(() => root);
  while (paths.at(-1) !== path) {
    paths.push(path);
    path = dirname(path);
  }
  return paths;
}

/** What is in a folder that has not been seen, or why it cannot be listed. */
async function list(path: string, seen: Set<string>): Promise<Dirent[] | string> {
  try {
    const real = await realpath(path);
    if (seen.has(real)) return [];
    seen.add(real);
    return visible(await readdir(path, { withFileTypes: true }));
  } catch (error) {
    return messageOf(error);
  }
}

async function listRoot(
  root: string,
  place: string,
  expected = 'a folder with one folder of images per class',
): Promise<Dirent[]> {
  try {
    return visible(await readdir(root, { withFileTypes: true }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === 'ENOTDIR' ? 'a file' : code === 'ENOENT' ? 'no such folder' : 'an unreadable folder';
    throw new HpoError('ERR_DATA', `expected ${expected} at ${place}, got ${found}: ${root}`, {
      cause: error,
    });
  }
}

/** Without hidden entries and the folder that macOS adds to archives; sorted. */
function visible(entries: readonly Dirent[]): Dirent[] {
  const shown = entries.filter(
    ({ name }) => !name.startsWith('.') && name !== '__MACOSX' && !LITTER.has(name.toLowerCase()),
  );
  return shown.sort((a, b) => byCodeUnit(a.name, b.name));
}

/** What an entry is, or what it links to. A broken link is taken for a file, so that opening it names it. */
async function kindOf(parent: string, entry: Dirent): Promise<'folder' | 'file' | 'other'> {
  const target = entry.isSymbolicLink() ? await stat(join(parent, entry.name)).catch(() => undefined) : entry;
  if (target === undefined || target.isFile()) return 'file';
  return target.isDirectory() ? 'folder' : 'other';
}

/** Why a file of this name is not tried, or undefined. One without an extension is: data sets have them. */
function unreadable(name: string): string | undefined {
  const extension = extname(name).toLowerCase();
  if (extension === '' || READABLE.has(extension)) return undefined;
  return CONVERTIBLE.has(extension)
    ? `${extension} is not read: convert it to PNG or JPEG`
    : 'not an image by its name';
}
