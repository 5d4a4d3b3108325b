// Which trial a free slot takes: what was cut off, the next fold of a trial, what earned more epochs, what is new, and at the end the repeats
// and the baseline.
import { FoldView, foldOf } from '../search/fold-view.js';
import type { Decision, Promotion, Pruner } from '../search/pruner.js';
import { isBetweenFolds } from '../study/folds.js';
import type { History } from '../study/history.js';
import { type Trial, isFinished, isOfSearch } from '../study/trial.js';
import type { FoldQueue } from './fold-queue.js';
import { type AskOptions, Suggester } from './suggester.js';
import { nextBaseline } from './baseline.js';
import { type ConfirmOptions, nextToConfirm } from './confirmation.js';
import { isOver } from './is-over.js';
import { searchError } from './live-study.js';
import { fateOf } from './trial-fate.js';

export interface TrialQueueOptions extends AskOptions {
  readonly pruner: Pruner;
  readonly folds: FoldQueue;
  readonly confirm?: ConfirmOptions;
  /** Whether the best configuration is trained from random weights at the end. */
  readonly baseline?: boolean;
  /** What holds for a trial that was cut off. */
  readonly decisionAfterCutOff: (trial: number) => Decision;
  /** Records what became of a trial. */
  readonly settle: (trial: number, fate: ReturnType<typeof fateOf>) => void;
}

/** Which trials a slot trains at once, where the runner can. */
export interface BatchRule {
  /** Trials in a slot whose first is this one, at most. */
  readonly most: (lead: Trial) => number;
  /** Whether two trials can be trained at once. */
  readonly fits: (lead: Trial, other: Pick<Trial, 'number' | 'parameters'>) => boolean;
  /** Whether a sampler that learns is asked for a trial earlier than it would have to be. */
  readonly early: boolean;
}

export class TrialQueue {
  private readonly unfinished: number[];
  private readonly suggester: Suggester;

  constructor(private readonly options: TrialQueueOptions) {
    this.suggester = new Suggester(options);
    const { trials } = options.study.history;
    this.unfinished = trials
      .filter(({ state }) => state === 'asked' || state === 'running')
      .map(({ number }) => number);
  }

  get exhausted(): boolean {
    return this.suggester.exhausted;
  }

  /** Why the search ended before its total, where its stop rule ended it. */
  get enough(): string | undefined {
    return this.suggester.enough;
  }

  /** Whether nothing is left: every trial asked and ended, every repeat made, the baseline trained. */
  get isOver(): boolean {
    return isOver(this.options.study.history, this.options, this.exhausted);
  }

  /** The next trial to train, recorded if it is new. A slot that has nothing else trains a fold whose trial may still be dropped. */
  next(): Trial | undefined {
    const { folds } = this.options;
    return this.resume() ?? folds.next(false) ?? this.nextOfSearch() ?? this.nextAfterSearch() ?? folds.next(true);
  }

  /**
   * More trials to train at once with `lead`, which `next` gave: at most `count`, of those that would come next, as long as they fit
   * it. One that was cut off goes on with others that were; new ones come to it only if it would have had them in the first place.
   */
  batchFor(lead: Trial, count: number, { fits, early }: Omit<BatchRule, 'most'>): Trial[] {
    const { study, folds } = this.options;
    const found: Trial[] = [];
    const accept = (trial: Pick<Trial, 'number' | 'parameters' | 'fold'>): boolean =>
      foldOf(trial) === foldOf(lead) && fits(lead, trial);
    const next = (): Trial | undefined =>
      lead.fold === undefined
        ? this.suggester.nextIf((parameters) => accept({ number: NaN, parameters }), early)
        : folds.next(false, accept);
    while (found.length < count) {
      const isNew = this.unfinished.length === 0 && study.isNewest(lead.number);
      const trial = this.resume(accept) ?? (isNew ? next() : undefined);
      if (trial === undefined) break;
      found.push(trial);
    }
    return found;
  }

  /** Trials that are still to be given out: cut off, waiting for a fold, or not asked yet. */
  get left(): number {
    return (
      this.unfinished.length +
      this.options.folds.waiting +
      Math.max(0, this.options.trials - this.options.study.searched)
    );
  }

  /** A trial that was cut off. Where that was after a report, the decision comes first, as it would have. */
  private resume(accept: (trial: Trial) => boolean = () => true): Trial | undefined {
    const { study, decisionAfterCutOff, settle } = this.options;
    for (let number; (number = this.unfinished[0]) !== undefined;) {
      const trial = study.history.trials[number] as Trial;
      if (!accept(trial)) return undefined;
      this.unfinished.shift();
      const fate = fateOf(decisionAfterCutOff(number), trial.reports.length, undefined);
      if (fate === undefined) return study.history.trials[number];
      settle(number, fate);
    }
    return undefined;
  }

  private nextOfSearch(): Trial | undefined {
    const trial = this.promote() ?? this.suggester.next();
    // Where nothing new can come, more of those that are paused may go on.
    return trial ?? this.promote();
  }

  /** Repeats in as many slots as there are, then the baseline of the winner by them. */
  private nextAfterSearch(): Trial | undefined {
    if (this.isSearching) return undefined;
    this.giveUpPaused();
    return this.confirm() ?? this.trainFromScratch();
  }

  /** Whether a trial of the search is being trained, or one of its folds. Those that the pruner paused do not count: nothing promotes them any more. */
  private get isSearching(): boolean {
    return this.options.study.history.trials.some(
      (trial) => isOfSearch(trial) && (trial.state === 'asked' || trial.state === 'running' || isBetweenFolds(trial)),
    );
  }

  private promote(): Trial | undefined {
    const { study, pruner, trials } = this.options;
    if (pruner.promote === undefined || study.history.counts.paused === 0) return undefined;
    const remaining = this.exhausted ? 0 : Math.max(0, trials - study.searched);
    let promotion: Promotion | undefined;
    try {
      promotion = pruner.promote(this.view, remaining);
    } catch (error) {
      throw searchError('the pruner failed to promote a trial', error);
    }
    if (promotion === undefined) return undefined;
    const { trial, reason } = promotion;
    study.record({ type: 'promoted', trial, reason });
    return study.history.trials[trial];
  }

  /** What the pruner sees: pauses are of the first fold. */
  private get view(): History {
    const { view } = this.options.study;
    return view.folds === 1 ? view : new FoldView(view, 0);
  }

  private giveUpPaused(): void {
    const { study, pruner, settle } = this.options;
    if (study.history.counts.paused === 0) return;
    for (const trial of study.history.trials.filter((one) => one.state === 'paused' && !isBetweenFolds(one))) {
      const reason = pruner.leftOver?.(trial, this.view) ?? 'paused, and not promoted before the study ended';
      settle(trial.number, { status: 'pruned', epoch: trial.reports.length, reason });
    }
  }

  private confirm(): Trial | undefined {
    const { study, confirm } = this.options;
    if (confirm === undefined) return undefined;
    const trial = nextToConfirm(study.history, confirm);
    if (trial === undefined) return undefined;
    const number = study.history.trials.length;
    const note = `repeats trial ${trial.number} with another seed`;
    study.record({ type: 'asked', trial: number, parameters: trial.parameters, source: 'confirmation', note });
    return study.history.trials[number];
  }

  private trainFromScratch(): Trial | undefined {
    const { study, baseline } = this.options;
    const isConfirming = study.history.trials.some((one) => one.source === 'confirmation' && !isFinished(one));
    const trial = baseline === true && !isConfirming ? nextBaseline(study.history) : undefined;
    if (trial === undefined) return undefined;
    const number = study.history.trials.length;
    const note = `trial ${trial.number} from random weights, everything unfrozen`;
    study.record({ type: 'asked', trial: number, parameters: trial.parameters, source: 'baseline', note });
    return study.history.trials[number];
  }
}
