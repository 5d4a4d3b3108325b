// The index of drawn images: it looks like that of a folder, and nothing is drawn to make it.
import { createHash } from 'node:crypto';
import { HpoError } from '../../study/errors.js';
import { foldsOf } from './folds.js';
import type { IndexOptions } from './image-data.js';
import {
  type ImageEntry,
  type ImageIndex,
  NO_LABEL,
  type TargetImages,
  byCodeUnit,
  digestOf,
  shortHex,
  withTarget,
} from './image-index.js';
import type { FoundImage } from './look-alikes.js';
import { DRAWING_VERSION } from '../drawn/draw-image.js';
import {
  DEFAULT_DIFFICULTY,
  type DrawnData,
  type DrawnOrigin,
  type DrawnTarget,
  FAMILIES,
  FAMILY_CLASSES,
  fileOf,
} from '../drawn/drawn-data.js';

/** Instances of a split start here, so that more training images leave validation and test as they are. */
const FIRST_INSTANCE = {
  train: 0,
  validation: 1_000_000,
  test: 2_000_000,
  targetUnlabelled: 3_000_000,
  targetValidation: 4_000_000,
  targetTest: 5_000_000,
} as const;
type DrawnSplit = keyof typeof FIRST_INSTANCE;

/** Throws ERR_DATA where a count, the family or the difficulty makes no sense. */
export function indexDrawn(
  data: DrawnData,
  target?: DrawnTarget,
  { folds: wanted, seed: studySeed }: Pick<IndexOptions, 'folds' | 'seed'> = { seed: 0 },
): ImageIndex {
  check(data);
  if (target !== undefined) checkTarget(target);
  const { family, perClass, seed = 0, difficulty = DEFAULT_DIFFICULTY, weather } = data;
  const origin: DrawnOrigin = {
    ...{ type: 'drawn', family, seed, difficulty },
    ...(weather === undefined ? {} : { weather }),
  };
  const classes = FAMILY_CLASSES[family];
  const given = {
    train: entriesOf(origin, 'train', perClass.train),
    validation: entriesOf(origin, 'validation', perClass.validation),
    test: entriesOf(origin, 'test', perClass.test),
  };
  const about = { classes, origin, skipped: [], warnings: [] };
  if (wanted !== undefined) {
    const train = [...given.train, ...given.validation].sort((a, b) => byCodeUnit(a.file, b.file));
    const splits = { train, validation: [], test: given.test };
    const folds = foldsOf(train.map(asFound), wanted, studySeed);
    return { ...about, splits, folds, digest: digestOf(classes, splits, folds) };
  }
  const index = { ...about, splits: given, digest: digestOf(classes, given) };
  return target === undefined ? index : withTarget(index, targetOf({ ...origin, weather: target.weather }, target));
}

function targetOf(origin: DrawnOrigin, { perClass }: DrawnTarget): TargetImages {
  const unlabelled = entriesOf(origin, 'targetUnlabelled', perClass.unlabelled);
  const splits = {
    targetUnlabelled: unlabelled.map((entry) => ({ ...entry, label: NO_LABEL })),
    targetValidation: entriesOf(origin, 'targetValidation', perClass.validation),
    targetTest: entriesOf(origin, 'targetTest', perClass.test),
  };
  return { splits, origin };
}

/** So many images of each class. */
function entriesOf(origin: DrawnOrigin, split: DrawnSplit, count = 0): ImageEntry[] {
  return FAMILY_CLASSES[origin.family].flatMap((className, label) =>
    Array.from({ length: count }, (_, i) => {
      const file = fileOf(className, FIRST_INSTANCE[split] + i);
      return { file, label, digest: identify(origin, file) };
    }),
  );
}

/** A drawn image has no look-alikes, so nothing is drawn to find any. */
function asFound({ file, label, digest }: ImageEntry): FoundImage {
  return { root: '', file, className: String(label), digest, thumbnail: '' };
}

/** What stands for the content of an image that is not drawn yet. */
function identify({ family, seed, difficulty, weather }: DrawnOrigin, file: string): string {
  const drawn = ['drawn', DRAWING_VERSION, family, seed, difficulty, file];
  const identity = JSON.stringify(weather === undefined ? drawn : [...drawn, weather]);
  return shortHex(createHash('sha256').update(identity).digest('hex'));
}

function check({ family, perClass, difficulty = DEFAULT_DIFFICULTY }: DrawnData): void {
  if (!FAMILIES.includes(family)) {
    throw new HpoError('ERR_DATA', `expected ${FAMILIES.join(' or ')}, got '${family}' at data.drawn.family`);
  }
  for (const split of ['train', 'validation', 'test'] as const) {
    checkCount(perClass[split] ?? 0, split === 'test' ? 0 : 1, `data.drawn.perClass.${split}`);
  }
  if (!(difficulty >= 0 && difficulty <= 1)) {
    throw new HpoError('ERR_DATA', `expected a number in [0, 1], got ${difficulty} at data.drawn.difficulty`);
  }
}

function checkTarget({ perClass, weather }: DrawnTarget): void {
  if (weather.length === 0) throw new HpoError('ERR_DATA', 'expected a weather, got none at data.target.weather');
  for (const split of ['unlabelled', 'validation', 'test'] as const) {
    checkCount(perClass[split] ?? 0, 0, `data.target.perClass.${split}`);
  }
}

function checkCount(count: number, least: number, place: string): void {
  const most = FIRST_INSTANCE.validation;
  if (Number.isInteger(count) && count >= least && count <= most) return;
  throw new HpoError('ERR_DATA', `expected an integer of ${least} … ${most}, got ${count} at ${place}`);
}
