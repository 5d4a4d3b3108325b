// The index of drawn images: it looks like that of a folder, and nothing is drawn to make it.
import { createHash } from 'node:crypto';
import { HpoError } from '../../study/errors.js';
import { type ImageEntry, type ImageIndex, digestOf, shortHex } from './image-index.js';
import { DRAWING_VERSION } from '../drawn/draw-image.js';
import {
  DEFAULT_DIFFICULTY,
  type DrawnData,
  type DrawnOrigin,
  FAMILIES,
  FAMILY_CLASSES,
  fileOf,
} from '../drawn/drawn-data.js';

/** Instances of a split start here, so that more training images leave validation and test as they are. */
const FIRST_INSTANCE = { train: 0, validation: 1_000_000, test: 2_000_000 } as const;

/** Throws ERR_DATA where a count, the family or the difficulty makes no sense. */
export function indexDrawn(data: DrawnData): ImageIndex {
  check(data);
  const { family, perClass, seed = 0, difficulty = DEFAULT_DIFFICULTY } = data;
  const origin: DrawnOrigin = { type: 'drawn', family, seed, difficulty };
  const classes = FAMILY_CLASSES[family];
  const entries = (split: keyof typeof FIRST_INSTANCE): ImageEntry[] =>
    classes.flatMap((className, label) =>
      Array.from({ length: perClass[split] ?? 0 }, (_, i) => {
        const file = fileOf(className, FIRST_INSTANCE[split] + i);
        return { file, label, digest: identify(origin, file) };
      }),
    );
  const splits = { train: entries('train'), validation: entries('validation'), test: entries('test') };
  return { classes, splits, origin, skipped: [], warnings: [], digest: digestOf(classes, splits) };
}

/** What stands for the content of an image that is not drawn yet. */
function identify({ family, seed, difficulty }: DrawnOrigin, file: string): string {
  const identity = JSON.stringify(['drawn', DRAWING_VERSION, family, seed, difficulty, file]);
  return shortHex(createHash('sha256').update(identity).digest('hex'));
}

function check({ family, perClass, difficulty = DEFAULT_DIFFICULTY }: DrawnData): void {
  if (!FAMILIES.includes(family)) {
    throw new HpoError('ERR_DATA', `expected ${FAMILIES.join(' or ')}, got '${family}' at data.drawn.family`);
  }
  for (const split of ['train', 'validation', 'test'] as const) {
    const count = perClass[split] ?? 0;
    const [least, most] = [split === 'test' ? 0 : 1, FIRST_INSTANCE.validation];
    if (!Number.isInteger(count) || count < least || count > most) {
      throw new HpoError(
        'ERR_DATA',
        `expected an integer of ${least} … ${most}, got ${count} at data.drawn.perClass.${split}`,
      );
    }
  }
  if (!(difficulty >= 0 && difficulty <= 1)) {
    throw new HpoError('ERR_DATA', `expected a number in [0, 1], got ${difficulty} at data.drawn.difficulty`);
  }
}
