// Counts the images of each class by the names of their files; opens none.
import { checkClasses, skippedLines } from '../../images/indexing/checks.js';
import { scanClassFolders } from '../../images/indexing/scan.js';
import { HpoError } from '../../study/errors.js';
import type { ImageFacts } from './first-study.js';

/** @throws HpoError ERR_DATA where there are fewer than two classes, or no file that may be an image. */
export async function countImages(folder: string): Promise<ImageFacts> {
  const { classes, files, skipped } = await scanClassFolders(folder, 'images');
  checkClasses(classes, folder);
  if (files.length === 0) {
    const lines = skippedLines(skipped);
    const found = lines.length === 0 ? 'empty folders' : `none:\n${lines.map((line) => `  ${line}`).join('\n')}`;
    throw new HpoError('ERR_DATA', `expected images in the class folders of ${folder}, got ${found}`);
  }
  const counts = new Map(classes.map((name) => [name, 0]));
  for (const { className } of files) counts.set(className, (counts.get(className) ?? 0) + 1);
  return { classes, counts: [...counts.values()] };
}
