// Makes the index of a study's images: from a folder per split, from one folder to be split, from a table, or from drawn images.
import { configureSharp } from '../pixels.js';
import type { ImageData, IndexOptions } from './image-data.js';
import type { ImageIndex } from './image-index.js';
import { indexDrawn } from './index-drawn.js';
import { indexOneFolder, indexSplitFolders } from './index-folders.js';
import { indexTable } from './index-table.js';
import { addTarget } from './index-target.js';

/**
 * Indexes the images of a study. Every image is decoded once; corrupt ones are named and left out.
 * @throws HpoError ERR_DATA with what to do about it: no such folder, fewer than two classes, a class without images,
 * classes that differ between splits, more corrupt files than tolerated, a table that cannot be used.
 */
export async function indexImages(data: ImageData, options: IndexOptions): Promise<ImageIndex> {
  if ('drawn' in data) return indexDrawn(data.drawn, data.target, options);
  configureSharp();
  const index = await indexFiles(data, options);
  return data.target === undefined ? index : addTarget(index, data.target, data, options);
}

function indexFiles(data: Exclude<ImageData, { drawn: unknown }>, options: IndexOptions): Promise<ImageIndex> {
  if ('table' in data) return indexTable(data, options);
  return 'folder' in data ? indexOneFolder(data, options) : indexSplitFolders(data, options);
}
