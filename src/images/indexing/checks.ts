// What must be right about the images of a study, and what is worth a warning.
import { HpoError } from '../../study/errors.js';
import { type FoundImage, labelNamesOf, lookAlikePairs, nameOfImage } from './look-alikes.js';
import { totalsOf } from './label-totals.js';
import { suspectedGroups } from './suspected-groups.js';
import { groupBy } from './group-by.js';
import { type SkippedFile, type Split, SPLITS } from './image-index.js';
import { SPLIT_FOLDERS } from './split-folders.js';
import { counted, formatPercent } from '../../system/format.js';

/** How many names a message lists before it counts the rest. */
const LISTED = 10;
/** Largest class over smallest, above which imbalance is worth a warning. */
const IMBALANCE = 10;
/** So many look-alikes, in images and as a share of all, may be series. */
const FEWEST_ALIKE = 10;
const SHARE_ALIKE = 0.05;
/** Class folders of such names alone are the splits of a data set, not its classes. */
const SPLIT_NAMES = new Set(SPLITS.flatMap((split) => SPLIT_FOLDERS[split]));

/** Throws ERR_DATA where there are too few classes, or where they are splits by their names. */
export function checkClasses(classes: readonly string[], root: string): void {
  if (classes.length > 0 && classes.every((name) => SPLIT_NAMES.has(name.toLowerCase()))) {
    throw new HpoError(
      'ERR_DATA',
      `expected one folder of images per class in ${root}, got splits (${classes.join(', ')}): set data.train, data.validation and data.test to them`,
    );
  }
  if (classes.length < 2) {
    throw new HpoError(
      'ERR_DATA',
      `expected at least 2 class folders in ${root}, got ${classes.length === 0 ? 'none' : `'${classes[0]}' alone`}: put the images of each class into a separate folder`,
    );
  }
}

/** Throws ERR_DATA where a split's class folders are not those of the training split. */
export function checkSameClasses(train: readonly string[], other: readonly string[], split: Split): void {
  const missing = train.filter((name) => !other.includes(name));
  const extra = other.filter((name) => !train.includes(name));
  if (missing.length === 0 && extra.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`lacks ${quoted(missing)}`] : []),
    ...(extra.length > 0 ? [`also has ${quoted(extra)}`] : []),
  ];
  throw new HpoError(
    'ERR_DATA',
    `expected the same class folders in data.${split} as in data.train, but it ${parts.join(' and ')}`,
  );
}

/** Throws ERR_DATA where two splits are one folder. */
export function checkDistinctRoots(roots: readonly string[], splits: readonly Split[]): void {
  const repeated = roots.findIndex((root, i) => roots.indexOf(root) !== i);
  if (repeated < 0) return;
  const [first, second] = [splits[roots.indexOf(roots[repeated] as string)], splits[repeated]];
  throw new HpoError(
    'ERR_DATA',
    `expected a separate folder for each split, got ${roots[repeated]} for data.${first} and data.${second}: use data.folder with validationSplit to split one folder`,
  );
}

/** Throws ERR_DATA where more than `maxShare` of the images cannot be decoded, listing them. */
export function checkCorrupt(corrupt: readonly SkippedFile[], readable: number, maxShare: number): void {
  const total = corrupt.length + readable;
  if (total === 0 || corrupt.length / total <= maxShare) return;
  const lines = corrupt.slice(0, 2 * LISTED).map(({ file, reason }) => `  ${file}: ${reason}`);
  if (corrupt.length > lines.length) lines.push(`  and ${corrupt.length - lines.length} more`);
  throw new HpoError(
    'ERR_DATA',
    `expected at most ${formatPercent(maxShare)} unreadable images (data.maxCorruptShare), got ${corrupt.length} of ${total}:\n${lines.join('\n')}`,
  );
}

/** Throws ERR_DATA where a class has no image in a split. */
export function checkNoEmptyClass(
  classes: readonly string[],
  images: readonly FoundImage[],
  place: string,
  skipped: readonly SkippedFile[],
): void {
  const seen = new Set(images.map((image) => image.className));
  const empty = classes.filter((name) => !seen.has(name));
  if (empty.length === 0) return;
  const hint =
    skipped[0] === undefined
      ? ''
      : `; ${counted(skipped.length, 'file')} skipped, such as ${skipped[0].file} (${skipped[0].reason})`;
  throw new HpoError(
    'ERR_DATA',
    `expected readable images of every class in ${place}, got none of ${quoted(empty)}: add images or remove the class folder in every split${hint}`,
  );
}

/** Throws ERR_DATA where no image of a split has a label: it cannot be learned, or not be judged. */
export function checkNoEmptyLabel(labels: readonly string[], images: readonly FoundImage[], place: string): void {
  const seen = new Set(images.flatMap((image) => labelNamesOf(image)));
  const missing = labels.filter((name) => !seen.has(name));
  if (missing.length === 0) return;
  throw new HpoError(
    'ERR_DATA',
    `expected readable images with every label in ${place}, got none with ${quoted(missing)}: add images or leave the label out`,
  );
}

/** A line for each reason for which files are not used, with their number and some of their names. */
export function skippedLines(skipped: readonly SkippedFile[]): string[] {
  return [...groupBy(skipped, ({ reason }) => reason)].map(
    ([reason, files]) =>
      `${counted(files.length, 'file')} not used, ${reason}: ${listed(
        files.map(({ file }) => file),
        3,
      )}`,
  );
}

/** Warnings of files that are not used, blank images, imbalance, equal images under two labels and look-alikes across splits. */
export function warningsOf(
  splits: Readonly<Record<Split, readonly FoundImage[]>>,
  skipped: readonly SkippedFile[],
): string[] {
  const warnings = skippedLines(skipped);
  const blank = SPLITS.flatMap((split) => splits[split]).filter(({ thumbnail }) => isBlank(thumbnail));
  if (blank.length > 0) {
    warnings.push(`${counted(blank.length, 'image')} of one colour: ${listed(blank.map(nameOfImage), 3)}`);
  }
  return [...warnings, ...imbalanceWarnings(splits.train), ...suspectedGroups(splits), ...likenessWarnings(splits)];
}

function imbalanceWarnings(images: readonly FoundImage[]): string[] {
  const isMultilabel = images.some(({ labels }) => labels !== undefined);
  const counts = [...totalsOf(images)].map(([name, count]) => [count, name] as const);
  const [first = [0, ''] as const] = counts;
  const [most, largest] = counts.reduce((a, b) => (b[0] > a[0] ? b : a), first);
  const [least, smallest] = counts.reduce((a, b) => (b[0] < a[0] ? b : a), first);
  const objective = isMultilabel ? 'macroF1 or meanAveragePrecision' : 'macroF1 or balancedAccuracy';
  const everywhere = isMultilabel ? counts.filter(([count]) => count === images.length) : [];
  return [
    ...(most > IMBALANCE * least
      ? [
          `training images are imbalanced: ${most} of '${largest}', ${least} of '${smallest}'; use ${objective} as the objective`,
        ]
      : []),
    ...everywhere.map(([, name]) => `every training image has the label '${name}': it teaches nothing`),
  ];
}

/** Whether a thumbnail's pixels differ by no more than rounding. */
function isBlank(thumbnail: string): boolean {
  const pixels = Buffer.from(thumbnail, 'base64');
  return Math.max(...pixels) - Math.min(...pixels) <= 1;
}

function likenessWarnings(splits: Readonly<Record<Split, readonly FoundImage[]>>): string[] {
  const all = SPLITS.flatMap((split) => splits[split].map((image) => ({ split, image })));
  const pairs = lookAlikePairs(all.map(({ image }) => image)).map(([i, j]): Pair => [
    all[i] as Placed,
    all[j] as Placed,
  ]);
  const crossing = groupBy(
    pairs.filter(([a, b]) => a.split !== b.split),
    ([a, b]) => `${a.split} and ${b.split}`,
  );
  const leaks = [...crossing].map(
    ([between, some]) =>
      `${counted(some.length, 'pair')} of near-identical images across ${between}: the scores will be too optimistic: ${examples(some)}`,
  );
  const alike = new Set(pairs.flat());
  if (
    alike.size >= Math.max(FEWEST_ALIKE, SHARE_ALIKE * all.length) &&
    all.every(({ image }) => image.group === undefined)
  ) {
    leaks.push(
      `${alike.size} of ${all.length} images look like another one: if they are series of one object, "groupBy" in data, or a column of groups in a table, keeps each series in one split`,
    );
  }
  const contradicting = pairs.filter(
    ([a, b]) => a.image.className !== b.image.className && a.image.digest === b.image.digest,
  );
  if (contradicting.length === 0) return leaks;
  return [
    ...leaks,
    `${counted(contradicting.length, 'pair')} of identical images with different labels: ${examples(contradicting)}`,
  ];
}

interface Placed {
  readonly split: Split;
  readonly image: FoundImage;
}

type Pair = readonly [Placed, Placed];

/** The first three of the pairs. */
function examples(pairs: readonly Pair[]): string {
  const names = pairs.slice(0, 3).map(([a, b]) => `${nameOfImage(a.image)} and ${nameOfImage(b.image)}`);
  return names.join(', ') + (pairs.length > 3 ? ` and ${pairs.length - 3} more` : '');
}

function listed(names: readonly string[], limit = LISTED): string {
  const rest = names.length - limit;
  return rest > 0 ? `${names.slice(0, limit).join(', ')} and ${rest} more` : names.join(', ');
}

function quoted(names: readonly string[]): string {
  return listed(names.map((name) => `'${name}'`));
}
