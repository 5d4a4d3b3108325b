// Names and notes of cameras that look like series: images of one patient, camera or day that nobody declared as groups.
import { counted } from '../../system/format.js';
import { must } from '../../system/must.js';
import { CAMERA_GROUPS, cameraGroups } from './camera-groups.js';
import { groupBy } from './group-by.js';
import { type Split, SPLITS } from './image-index.js';
import type { FoundImage } from './look-alikes.js';

/** Shapes of names, by RE2: what is captured may name a series. */
const SHAPES: readonly Shape[] = [
  // 'person12_bacteria_3.jpg': a word with a number, and more.
  {
    of: (file) => /^([A-Za-z]{1,40}[-_ ]?\d{1,12})[-_ .][^/]*[-_ .\d][^/]*$/.exec(baseOf(file))?.[1],
    pattern: (words) =>
      words.length === 0
        ? '([A-Za-z]+[-_ ]?\\d+)[-_ .][^/]*$'
        : `(${words.map((word) => `${word}\\d+`).join('|')})[-_ .]`,
  },
  // 'IM-0115-0003.jpg': all but the last number.
  {
    of: (file) => /^(.{0,80}\d)[-_ .][A-Za-z]{0,20}\d{1,12}\.[^.]{1,5}$/.exec(baseOf(file))?.[1],
    pattern: () => '([^/]*\\d)[-_ .][A-Za-z]*\\d+\\.[^./]+$',
  },
  // 'cats/tom/3.jpg': a folder within the class.
  {
    of: (file) => /^.*\/([^/]+)\/[^/]+$/.exec(file)?.[1],
    pattern: () => '/([^/]+)/[^/]+$',
  },
];

interface Shape {
  readonly of: (file: string) => string | undefined;
  /** For `groupBy`. @param words before the numbers, where there are few. */
  readonly pattern: (words: readonly string[]) => string;
}

/** Fewer groups of two or more images are chance. */
const FEWEST_GROUPS = 5;
/** Share of the images in such groups from which names are taken for series. */
const SHARE = 0.1;
/** Words that a suggested pattern lists, and the share of the groups that they must begin. */
const MOST_WORDS = 3;
const MOST_OF_THEM = 0.95;
/** A group of a larger share of the images is no series. */
const LARGEST = 0.1;

/** Seconds and serial numbers suggest fewer groups than names do, and surer ones. */
function cameraSuspects(all: readonly Placed[]): string[] {
  const images = all.map(({ image }) => image);
  const words = {
    'exif:series': `series of images that one camera took within seconds of each other`,
    'exif:camera': `cameras by their serial numbers`,
  };
  for (const by of CAMERA_GROUPS) {
    const groups = cameraGroups(images, by);
    const members = groupBy(groups.keys(), (i) => groups[i]);
    members.delete(undefined);
    const several = [...members.values()].filter((some) => some.length > 1);
    const crossing = several.filter((some) => new Set(some.map((i) => all[i]?.split)).size > 1);
    const covered = several.reduce((sum, some) => sum + some.length, 0);
    if (several.length < FEWEST_GROUPS || covered < SHARE * all.length || crossing.length === 0) continue;
    return [
      `the files have ${several.length} ${words[by]}; ${crossing.length} of them in several splits: scores may be too optimistic; "groupBy": "${by}" in data${placeIn(all)} keeps each in one split`,
    ];
  }
  return [];
}

/** A warning where names, or what cameras noted, suggest groups that are in several splits; empty where the images have groups. */
export function suspectedGroups(splits: Readonly<Record<Split, readonly FoundImage[]>>): string[] {
  const all = SPLITS.flatMap((split) => splits[split].map((image) => ({ split, image })));
  if (all.some(({ image }) => image.group !== undefined)) return [];
  return [...nameSuspects(all), ...cameraSuspects(all)];
}

function nameSuspects(all: readonly Placed[]): string[] {
  const found = SHAPES.map((shape) => seriesOf(all, shape)).sort((a, b) => b.images - a.images)[0];
  if (found === undefined || found.images < SHARE * all.length || found.series.length < FEWEST_GROUPS) return [];
  const crossing = found.series.filter(({ members }) => new Set(members.map(({ split }) => split)).size > 1);
  if (crossing.length === 0) return [];
  const [example] = [...crossing].sort((a, b) => b.members.length - a.members.length);
  const { name, members } = must(example, 'a series');
  return [
    `the names suggest ${counted(found.series.length, 'group')} of images, such as '${name}' (${counted(members.length, 'image')}); ${counted(crossing.length, 'group')} in several splits: if a group is one patient, object or day, scores will be too optimistic; "groupBy": ${JSON.stringify(found.pattern)} in data${placeIn(all)} keeps each in one split`,
  ];
}

function placeIn(all: readonly Placed[]): string {
  const roots = new Set(all.map(({ image }) => image.root));
  return roots.size > 1 ? ', with all images in one data.folder,' : '';
}

interface Placed {
  readonly split: Split;
  readonly image: FoundImage;
}

interface Series {
  readonly images: number;
  readonly series: readonly { readonly name: string; readonly members: readonly Placed[] }[];
  readonly pattern: string;
}

function seriesOf(all: readonly Placed[], shape: Shape): Series {
  const byName = groupBy(all, ({ image }) => shape.of(image.file));
  const series = [...byName].flatMap(([name, members]) => {
    const isSeries = name !== undefined && members.length > 1 && members.length <= Math.max(2, LARGEST * all.length);
    return isSeries ? [{ name, members }] : [];
  });
  return {
    images: series.reduce((sum, { members }) => sum + members.length, 0),
    series,
    pattern: shape.pattern(wordsOf(series)),
  };
}

/** The words before the numbers of nearly all series; none where there are many. */
function wordsOf(series: Series['series']): string[] {
  const byWord = [...groupBy(series, ({ name }) => name.replace(/\d+$/, ''))].sort((a, b) => b[1].length - a[1].length);
  const words: string[] = [];
  let covered = 0;
  for (const [word, some] of byWord) {
    if (words.length === MOST_WORDS || covered >= MOST_OF_THEM * series.length) break;
    words.push(word);
    covered += some.length;
  }
  const isPlain = words.every((word) => /^[A-Za-z][A-Za-z_ -]*$/.test(word));
  return isPlain && covered >= MOST_OF_THEM * series.length ? words : [];
}

function baseOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
