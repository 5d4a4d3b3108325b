// Studies to break: own trainers and the built-in one, with every sampler and pruner, each small enough to end in seconds.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomStream } from '../../src/math/random.js';
import { KINDS, KIND_NAMES, type Kind, type KindName, type StudyFile, TRAINERS } from './kinds.js';

export type { StudyFile } from './kinds.js';

export interface Variant {
  /** Names it, for people and for folders. */
  readonly name: string;
  readonly study: StudyFile;
  readonly kind: Kind;
}

/** `prior`: bayesian with the learned prior. */
const SAMPLERS = ['grid', 'random', 'sobol', 'bayesian', 'prior', 'tpe'] as const;
/** They propose the same whatever the trials before came to. */
const BLIND = ['grid', 'random', 'sobol'] as const;
type SamplerName = (typeof SAMPLERS)[number];

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
/** They pause trials, and continue them later. */
const PAUSING: readonly PrunerName[] = ['promotion', 'funnel', 'freezeThaw'];

/** What a study is made of. */
interface Choice {
  readonly kind: KindName;
  readonly sampler: SamplerName;
  readonly pruner: PrunerName;
  readonly workers?: number;
  readonly isolation?: 'auto' | 'thread';
  readonly lanes?: number;
  /** Trials that are repeated at the end. */
  readonly confirmed?: number;
  readonly folds?: number;
}

/** A study of one worker: it records the same whatever happens to it. */
export function drawVariant(random: RandomStream): Variant {
  const kind = random.pick(KIND_NAMES);
  const confirmed = random.next() < 0.2 ? 1 : undefined;
  return variantOf({
    ...{ kind, sampler: random.pick(SAMPLERS), pruner: drawPruner(random) },
    ...drawResources(kind, random),
    ...(confirmed === undefined ? (random.next() < 0.4 ? { folds: 3 } : {}) : { confirmed }),
  });
}

/** A third of them pause trials: those have the most to lose. */
function drawPruner(random: RandomStream): PrunerName {
  return random.pick(random.next() < 0.3 ? PAUSING : PRUNER_NAMES);
}

/** A study of several workers whose trials do not depend on each other. */
export function drawParallelVariant(random: RandomStream): Variant {
  const kind = random.pick(KIND_NAMES);
  const choice = { kind, sampler: random.pick(BLIND), pruner: random.pick(LONELY), workers: 3 };
  return variantOf({ ...choice, ...drawResources(kind, random) });
}

/** A study of several workers in which it matters who ends first: what it records is never the same twice. */
export function drawDependentVariant(random: RandomStream): Variant {
  const kind = random.pick(KIND_NAMES);
  return variantOf({
    ...{ kind, sampler: random.pick(SAMPLERS), pruner: drawPruner(random), workers: 3 },
    ...drawResources(kind, random),
    ...(random.next() < 0.4 ? { folds: 3 } : {}),
  });
}

/** A study of one worker whose steps a process of PyTorch takes. */
export function drawTorchVariant(random: RandomStream): Variant {
  const kind = random.pick(['heads', 'blocks', 'mixed'] as const);
  const { name, study, ...rest } = variantOf({ kind, sampler: random.pick(SAMPLERS), pruner: drawPruner(random) });
  return {
    ...rest,
    name: `${name}-torch`,
    study: { ...study, resources: { ...(study['resources'] as object), engine: 'torch' } },
  };
}

/** Of few kinds, since every case of damage needs an undisturbed run to compare with. It keeps the files of several trials. */
export function drawDamageVariant(random: RandomStream): Variant {
  const [sampler, pruner] = random.pick([
    ['random', 'none'],
    ['bayesian', 'promotion'],
    ['tpe', 'median'],
  ] as const);
  const kind = random.pick(['own', 'heads', 'blocks', 'mixed'] as const);
  return variantOf({ kind, sampler, pruner, confirmed: 3, ...(kind === 'own' ? { isolation: 'thread' } : {}) });
}

function drawResources(kind: KindName, random: RandomStream): Pick<Choice, 'isolation' | 'lanes'> {
  const isOften = random.next() < 0.5;
  if (KINDS[kind].isOwn) return isOften ? { isolation: 'thread' } : {};
  return isOften ? { lanes: 3 } : {};
}

function variantOf(choice: Choice): Variant {
  const { kind: name, sampler, pruner, workers = 1, isolation = 'auto', lanes = 'auto', confirmed, folds } = choice;
  const kind: Kind = KINDS[name];
  // The prior is for the built-in trainer.
  const isPrior = sampler === 'prior' && !kind.isOwn;
  const strategy = sampler === 'prior' ? 'bayesian' : sampler;
  const words = [
    ...[name, isPrior ? 'prior' : strategy, pruner, workers],
    ...(isolation === 'auto' ? [] : [isolation]),
    ...(lanes === 'auto' ? [] : ['lanes', lanes]),
    ...(confirmed === undefined ? [] : ['confirm', confirmed]),
    ...(folds === undefined ? [] : ['folds', folds]),
  ];
  const search = {
    ...{ strategy, trials: kind.trials, seed: 3 },
    ...(isPrior ? { prior: 'fineTuning' } : {}),
    ...(strategy === 'grid' ? { levels: 3 } : {}),
    ...(!isPrior && (strategy === 'bayesian' || strategy === 'tpe') ? { startupTrials: 4 } : {}),
    ...(confirmed === undefined ? {} : { confirm: { top: confirmed, repeats: 1 } }),
  };
  const resources = { workers, isolation, ...(kind.isOwn ? {} : { engine: 'onnx', lanes }) };
  const validation = folds === undefined ? {} : { validation: { folds } };
  return {
    ...{ name: words.join('-'), kind },
    study: { ...kind.base, search, pruner: PRUNERS[pruner], ...validation, resources },
  };
}

/** The study with a limit to the time of a run. */
export function withTime(study: StudyFile, time: string): StudyFile {
  return { ...study, search: { ...(study['search'] as object), time } };
}

/** Writes a study and its trainers into a new folder; returns the study file. */
export function writeStudy(folder: string, study: StudyFile): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, path] of Object.entries(TRAINERS)) cpSync(path, join(folder, name));
  const file = join(folder, 'study.json');
  writeFileSync(file, JSON.stringify(study, null, 2));
  return file;
}
