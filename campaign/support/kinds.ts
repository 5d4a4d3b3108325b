// What the campaign's studies train with: trainers of the campaign's own, or the built-in one with batched heads, unfrozen blocks, or both.
import { fileURLToPath } from 'node:url';

/** A study as study.json has it. */
export type StudyFile = Record<string, unknown>;

export interface Kind {
  /** A study but for its search, pruner, validation and resources. */
  readonly base: StudyFile;
  /** Trials of its search: each may cost a process. */
  readonly trials: number;
  /** Whether a trainer of the campaign's own trains, whose numbers follow from a trial and its seed. */
  readonly isOwn: boolean;
}

/** Files of a study folder, by name: a trainer with checkpoints, whose numbers depend on state that only those carry from one epoch to the next. */
export const TRAINERS = {
  'train.mjs': fileURLToPath(new URL('./checkpointing-trainer.mjs', import.meta.url)),
  'command.mjs': fileURLToPath(new URL('./command-trainer.mjs', import.meta.url)),
};

const OWN: StudyFile = {
  space: {
    x: { type: 'float', min: 0, max: 1 },
    rate: { type: 'float', min: 1e-4, max: 1, scale: 'log' },
    kind: { type: 'choice', values: ['a', 'b'] },
  },
  objective: { metric: 'score' },
};

export const KINDS = {
  own: { base: { ...OWN, name: 'own', trainer: { module: './train.mjs' } }, trials: 12, isOwn: true },
  command: {
    base: { ...OWN, name: 'command', trainer: { command: [process.execPath, 'command.mjs', '--x={x}'] } },
    ...{ trials: 8, isOwn: true },
  },
  heads: builtIn({}, { unfreezeDepth: 0 }),
  blocks: builtIn({ unfreezeDepth: { type: 'int', min: 1, max: 2 } }),
  mixed: builtIn({ unfreezeDepth: { type: 'int', min: 0, max: 1 } }),
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];

function builtIn(space: StudyFile, training: StudyFile = {}): Kind {
  const base = {
    name: 'signs',
    data: { drawn: { family: 'traffic-signs', perClass: { train: 2, validation: 2 }, difficulty: 0 } },
    backbone: { name: 'quicknet', inputSize: 32 },
    space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' }, ...space },
    training: { epochs: 4, headEpochs: 1, batchSize: 8, augmentation: 'none', ...training },
  };
  return { base, trials: 8, isOwn: false };
}
