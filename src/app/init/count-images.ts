// Counts the images of each class by the names of their files; opens none.
import { checkClasses } from '../../images/indexing/checks.js';
import { scanClassFolders } from '../../images/indexing/scan.js';
import type { ImageFacts } from './first-study.js';

/** @throws HpoError ERR_DATA where there are fewer than two classes. */
export async function countImages(folder: string): Promise<ImageFacts> {
  const { classes, files } = await scanClassFolders(folder, 'images');
  checkClasses(classes, folder);
  const counts = new Map(classes.map((name) => [name, 0]));
  for (const { className } of files) counts.set(className, (counts.get(className) ?? 0) + 1);
  return { classes, counts: [...counts.values()] };
}
