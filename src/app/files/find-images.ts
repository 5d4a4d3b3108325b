// From what a person names to image files: a folder stands for the images below it.
import { stat } from 'node:fs/promises';
import { imageFilesBelow } from '../../images/indexing/scan.js';

/**
 * In the order of `paths`. What is no folder stays as it is, so that whoever opens it says what is wrong with it.
 * @throws HpoError ERR_DATA where a folder holds no image.
 */
export async function findImages(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
    for (const file of isFolder ? await imageFilesBelow(path) : [path]) found.push(file);
  }
  return found;
}
