// Studies to break: own trainers and the built-in one, with every sampler and pruner, each small enough to end in seconds.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RandomStream } from '../../src/math/random.js';

/** A study as study.json has it. */
export type StudyFile = Record<string, unknown>;

export interface Variant {
  /** Names it, for people and for folders. */
  readonly name: string;
  readonly study: StudyFile;
}

/** `prior`: bayesian with the learned prior. */
const SAMPLERS = ['grid', 'random', 'sobol', 'bayesian', 'prior', 'tpe'] as const;

const PRUNERS = {
  none: { type: 'none' },
  median: { type: 'median', startupTrials: 2, minEpochs: 2 },
  percentile: { type: 'percentile', percentile: 40, startupTrials: 3 },
  patience: { type: 'patience', patience: 1 },
  threshold: { type: 'threshold', bound: 0.5, minEpochs: 2 },
  halving: { type: 'successiveHalving', reduction: 2 },
  promotion: { type: 'successiveHalving', form: 'promotion', reduction: 2 },
  hyperband: { type: 'hyperband', reduction: 2 },
  funnel: { type: 'funnel', breadth: 1 },
  freezeThaw: { type: 'freezeThaw' },
  significance: { type: 'median', startupTrials: 2, significance: { confidence: 0.8 } },
} as const;

type PrunerName = keyof typeof PRUNERS;

const PRUNER_NAMES = Object.keys(PRUNERS) as readonly PrunerName[];
/** They look at a trial alone, so it ends the same whatever else runs. */
const LONELY: readonly PrunerName[] = ['none', 'patience', 'threshold'];

/** A trainer with checkpoints, whose numbers depend on state that only those carry from one epoch to the next. */
const TRAINER = fileURLToPath(new URL('./checkpointing-trainer.mjs', import.meta.url));

const KINDS = ['own', 'heads', 'blocks', 'mixed'] as const;
type Kind = (typeof KINDS)[number];

/** What the study trains with: a trainer of the user's own, or images with batched heads, unfrozen blocks, or both. */
function baseOf(kind: Kind): StudyFile {
  if (kind === 'own') {
    return {
      name: 'own',
      trainer: { module: './train.mjs' },
      space: {
        x: { type: 'float', min: 0, max: 1 },
        rate: { type: 'float', min: 1e-4, max: 1, scale: 'log' },
        kind: { type: 'choice', values: ['a', 'b'] },
      },
      objective: { metric: 'score' },
    };
  }
  const depth = { heads: {}, blocks: { unfreezeDepth: { type: 'int', min: 1, max: 2 } }, mixed: MIXED_DEPTH }[kind];
  return {
    name: 'signs',
    data: { drawn: { family: 'traffic-signs', perClass: { train: 2, validation: 2 }, difficulty: 0 } },
    backbone: { name: 'quicknet', inputSize: 32 },
    space: { learningRate: { type: 'float', min: 1e-4, max: 1e-2, scale: 'log' }, ...depth },
    training: { epochs: 4, headEpochs: 1, batchSize: 8, augmentation: 'none', ...(kind === 'heads' ? HEADS : {}) },
  };
}

const MIXED_DEPTH = { unfreezeDepth: { type: 'int', min: 0, max: 1 } };
const HEADS = { unfreezeDepth: 0 };

/** A study of one worker: it records the same whatever happens to it. */
export function drawVariant(random: RandomStream): Variant {
  return variantOf(random.pick(KINDS), random.pick(SAMPLERS), random.pick(PRUNER_NAMES), random);
}

/** A study of several workers whose trials do not depend on each other. */
export function drawParallelVariant(random: RandomStream): Variant {
  const kind = random.pick(KINDS);
  return variantOf(kind, random.pick(['grid', 'random', 'sobol']), random.pick(LONELY), random, 3);
}

/** Of few kinds, since every case of damage needs an undisturbed run to compare with. It keeps the files of several trials. */
export function drawDamageVariant(random: RandomStream): Variant {
  const [strategy, pruner] = random.pick([
    ['random', 'none'],
    ['bayesian', 'promotion'],
    ['tpe', 'median'],
  ] as const);
  return variantOf(random.pick(KINDS), strategy, pruner, random, 1, 3);
}

function variantOf(
  kind: Kind,
  strategy: (typeof SAMPLERS)[number],
  pruner: PrunerName,
  random: RandomStream,
  workers = 1,
  confirmed?: number,
): Variant {
  const top = confirmed ?? (random.next() < 0.2 ? 1 : 0);
  const isolation = kind === 'own' && (confirmed !== undefined || random.next() < 0.5) ? 'thread' : 'auto';
  const lanes = kind === 'own' || confirmed !== undefined || random.next() < 0.7 ? 'auto' : 3;
  // With several workers what is dropped depends on who ends first.
  const folds = workers === 1 && confirmed === undefined && top === 0 && random.next() < 0.3 ? 3 : 0;
  // The prior is for the built-in trainer.
  const isPrior = strategy === 'prior' && kind !== 'own';
  const model = isPrior || strategy === 'prior' ? 'bayesian' : strategy;
  const name = [
    kind,
    isPrior ? 'prior' : model,
    pruner,
    workers,
    isolation,
    lanes,
    ...(top > 0 ? ['confirm', top] : []),
    ...(folds > 0 ? ['folds', folds] : []),
  ];
  const search = {
    ...{ strategy: model, trials: kind === 'own' ? 12 : 8, seed: 3 },
    ...(isPrior ? { prior: 'fineTuning' } : {}),
    ...(model === 'grid' ? { levels: 3 } : {}),
    ...(!isPrior && (model === 'bayesian' || model === 'tpe') ? { startupTrials: 4 } : {}),
    ...(top > 0 ? { confirm: { top, repeats: 1 } } : {}),
  };
  const resources = { workers, isolation, ...(kind === 'own' ? {} : { engine: 'onnx', lanes }) };
  const validation = folds > 0 ? { validation: { folds } } : {};
  const study = { ...baseOf(kind), search, pruner: PRUNERS[pruner], ...validation, resources };
  return { name: name.join('-'), study };
}

/** Writes a study and its trainer into a new folder; returns the study file. */
export function writeStudy(folder: string, study: StudyFile): string {
  mkdirSync(folder, { recursive: true });
  cpSync(TRAINER, join(folder, 'train.mjs'));
  const file = join(folder, 'study.json');
  writeFileSync(file, JSON.stringify(study, null, 2));
  return file;
}
