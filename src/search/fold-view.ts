// A history as if one fold were the whole study: what a pruner compares is then of the same fold and the same epoch.
import type { History } from '../study/history.js';
import type { Trial } from '../study/trial.js';

/** The fold that a trial trains. */
export function foldOf({ fold }: Pick<Trial, 'fold'>): number {
  return fold?.index ?? 0;
}

/**
 * Trials keep their places, so that numbers mean the same. Those that train another fold count as folds, which no pruner looks at; those
 * that have ended this one are completed, whatever became of them later.
 */
export class FoldView implements History {
  readonly trials: readonly Trial[];
  readonly best = undefined;

  constructor(
    private readonly history: History,
    private readonly fold: number,
  ) {
    this.trials = history.trials.map((trial) => this.shown(trial));
  }

  get objective(): History['objective'] {
    return this.history.objective;
  }

  readonly folds = 1;
  readonly parts = 1;

  get counts(): History['counts'] {
    const counts = { asked: 0, running: 0, paused: 0, completed: 0, pruned: 0, failed: 0 };
    for (const { state } of this.trials) counts[state]++;
    return counts;
  }

  get failuresInARow(): readonly number[] {
    return this.history.failuresInARow;
  }

  get warnings(): readonly string[] {
    return this.history.warnings;
  }

  get record(): History['record'] {
    return this.history.record;
  }

  get stopped(): History['stopped'] {
    return this.history.stopped;
  }

  get prepared(): History['prepared'] {
    return this.history.prepared;
  }

  has(parameters: Trial['parameters']): boolean {
    return this.history.has(parameters);
  }

  private shown(trial: Trial): Trial {
    if (this.fold > 0) {
      if (trial.fold?.index === this.fold) return { ...trial, source: 'sampler' };
      return trial.source === 'fold' ? trial : { ...trial, source: 'fold' };
    }
    const own = trial.folds?.[0];
    if (own?.index !== 0) return trial;
    const { outcome: _, mean: __, folds: ___, ...rest } = trial;
    const ended = { status: 'completed' } as const;
    return { ...rest, best: { epoch: own.epoch, value: own.value }, state: 'completed', outcome: ended };
  }
}
