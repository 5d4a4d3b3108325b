// Everything that can happen to a study, as one union. The journal is a list of these, and history changes through them alone.
import type { EpochCost, EpochSeconds } from './epoch-seconds.js';
import type { MachineKind } from './machine-kind.js';
import type { Parameters } from './parameters.js';
import type { PriorTrial } from './prior-trial.js';
import type { StudyDefinition } from './schema/parse-study.js';
import type { OfTask } from './task.js';
import type { FailureKind, FoldPlace, Outcome, Report, TrialSource } from './trial.js';

/** The journal's schema version; raised when an old reader could misread a new journal, or add to it what a new one refuses. */
export const JOURNAL_VERSION = 4;

/** The first of versions that say which prior a study has (`prior`), and that its search is over (`stopped`). */
export const PRIOR_JOURNAL = 4;

/**
 * The version of a new journal. Readers of earlier releases do not know versions of the prior, nor that a search ended before its total (before 4), nor
 * folds (before 3); all other studies are as they were.
 */
export function versionFor({ definition, prior = 1 }: Pick<StudyRecord, 'definition' | 'prior'>): number {
  const { search, pruner } = definition;
  // Where trials pause, the end of the space is recorded as well.
  const pauses =
    pruner.type === 'freezeThaw' || pruner.type === 'funnel' || ('form' in pruner && pruner.form === 'promotion');
  if (search.stop !== undefined || pauses || prior > 1) return JOURNAL_VERSION;
  return definition.validation === undefined ? 2 : 3;
}

/** What a journal remembers of the study file: everything that the results depend on. */
export interface StudyRecord {
  readonly name: string;
  /** The validated study file; relative paths are kept as written. */
  readonly definition: StudyDefinition;
  /** Missing with a trainer of the user's own. */
  readonly images?: ImagesRecord;
  /** A digest of the backbone's weights; of several to choose from, `name=digest` for each, with spaces between. */
  readonly weights?: string;
  /** What trains; numbers differ between engines in their last bits. Missing with a trainer of the user's own. */
  readonly engine?: string;
  /** The machine on which it began; reports say where a trial was on another kind. Missing in journals of earlier versions. */
  readonly machine?: MachineKind;
  /** What an epoch was expected to take when the study began. For people: decisions count multiply-accumulates. */
  readonly seconds?: EpochSeconds;
  /** What training costs, by which `search.choose` says what is cheaper. Missing where the study does not ask. */
  readonly costs?: readonly EpochCost[];
  /** Of the learned prior, where the study has it (`search.prior`). Missing: the first version, of journals that did not say so. */
  readonly prior?: number;
  /** The trials of another study that it began with (`search.warmStart`), as they were then. */
  readonly warmStart?: readonly PriorTrial[];
}

/** What folds of a study share out, and the test. */
export interface FoldsRecord {
  /** Parts of each repeat. */
  readonly folds: number;
  /** For each repeat and part, images of each class: the validation images of that fold. */
  readonly counts: readonly (readonly number[])[];
  /** Where the study names slices: for each repeat, the part that each image is in, in index order. */
  readonly parts?: readonly (readonly number[])[];
}

/** The images that the trials see: enough to notice that they changed, and to name classes without opening any. */
export interface ImagesRecord extends OfTask {
  readonly digest: string;
  readonly classes: readonly string[];
  /** Images of each class, or with each label. */
  readonly counts: Readonly<Record<'train' | 'validation' | 'test', readonly number[]>>;
  /** What divides the validation images, or those of all folds (`data.slices`): each image's value in index order, as an index of `values`; −1 for none. */
  readonly slices?: readonly {
    readonly column: string;
    readonly values: readonly string[];
    readonly members: readonly number[];
  }[];
  /** Classes of the same images in index order: each with how many of it follow each other. Missing where they are in order. */
  readonly labels?: readonly (readonly [label: number, images: number])[];
  /** Images of each split, where they have several labels and the counts do not add up. */
  readonly sizes?: Readonly<Record<'train' | 'validation' | 'test', number>>;
  /** Images of another domain, where the study has one. */
  readonly target?: Readonly<Record<'unlabelled' | 'validation' | 'test', number>>;
  /** Where trials are trained in folds: `counts.train` are then the images of all folds, and none is for validation alone. */
  readonly folds?: FoldsRecord;
}

/** Images of a split. */
export function imagesIn({ counts, sizes }: ImagesRecord, split: keyof ImagesRecord['counts']): number {
  return sizes?.[split] ?? counts[split].reduce((sum, count) => sum + count, 0);
}

/** 'of 3 classes', 'with 3 labels' */
export function classesText({ classes, task }: Pick<ImagesRecord, 'classes' | 'task'>): string {
  return task === 'multilabel' ? `with ${classes.length} labels` : `of ${classes.length} classes`;
}

/** enough: its stop rule ended it. exhausted: the space has nothing more, while paused trials wait to learn whether new ones will come. */
export type StopReason = 'enough' | 'exhausted';

/** `at` is milliseconds since 1970 and never influences a result. */
export type TrialEvent =
  | { readonly type: 'created'; readonly version: number; readonly study: StudyRecord; readonly at: number }
  | { readonly type: 'amended'; readonly study: StudyRecord; readonly changes: readonly string[]; readonly at: number }
  | {
      readonly type: 'asked';
      readonly trial: number;
      readonly parameters: Parameters;
      readonly source: TrialSource;
      readonly note?: string;
      /** Of source 'fold'. */
      readonly fold?: FoldPlace;
      readonly at: number;
    }
  | { readonly type: 'started'; readonly trial: number; readonly slot: number; readonly at: number }
  | {
      readonly type: 'reported';
      readonly trial: number;
      readonly report: Report;
      /** Where the trial is since this epoch, if that is another kind of machine than before, or than the study's. */
      readonly machine?: MachineKind;
      readonly at: number;
    }
  | {
      readonly type: 'paused';
      readonly trial: number;
      readonly epoch: number;
      readonly reason: string;
      readonly at: number;
    }
  /** The trial has ended its own fold, the first, and waits for the others. */
  | { readonly type: 'folded'; readonly trial: number; readonly reason?: string; readonly at: number }
  | { readonly type: 'promoted'; readonly trial: number; readonly reason: string; readonly at: number }
  /** Its failure need not be the parameters' fault (a native crash, a hang), so it is tried once more. */
  | {
      readonly type: 'retried';
      readonly trial: number;
      readonly kind: FailureKind;
      readonly message: string;
      readonly at: number;
    }
  /** A slot that had no trial computed features for others. Only earlier versions write it. */
  | {
      readonly type: 'prepared';
      readonly slot: number;
      readonly work: NonNullable<Report['work']>;
      readonly at: number;
    }
  | { readonly type: 'told'; readonly trial: number; readonly outcome: Outcome; readonly at: number }
  /** The search is over before its total; repeats and the baseline may follow. An amended study may search on. */
  | { readonly type: 'stopped'; readonly reason: StopReason; readonly message: string; readonly at: number }
  | { readonly type: 'warned'; readonly message: string; readonly trial?: number; readonly at: number };
