// A study for people who bring their own loop: ask for parameters, train as you like, report, tell.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Pruner } from '../search/pruner.js';
import type { Sampler } from '../search/sampler.js';
import { checkOutcome } from '../store/journal-codec.js';
import type { TrialFolders } from '../store/trial-folders.js';
import { HpoError, messageOf } from '../study/errors.js';
import type { History } from '../study/history.js';
import type { Objective } from '../study/objective.js';
import type { Parameters } from '../study/parameters.js';
import type { Outcome, Trial } from '../study/trial.js';
import { AskedTrial } from './asked-trial.js';
import { Suggester } from './suggester.js';
import type { LiveStudy } from './live-study.js';
import { ModelRetention } from './model-retention.js';
import { type OptimizeEnd, type OptimizeOptions, type TrialFunction, optimize } from './optimize.js';
import { TrialDecisions } from './trial-decisions.js';

export interface OwnLoopOptions {
  readonly name: string;
  readonly study: LiveStudy;
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly seed: number;
  /** In total; may be Infinity. */
  readonly trials: number;
  readonly enqueue: readonly Parameters[];
  /** Where the study lies on disk. */
  readonly folders?: TrialFolders;
  /** Ends what was opened with the study. */
  readonly close: () => Promise<void>;
}

export class OwnLoopStudy {
  readonly name: string;
  private readonly live: LiveStudy;
  private readonly suggester: Suggester;
  private readonly decisions: TrialDecisions;
  private readonly models: ModelRetention | undefined;
  private readonly unfinished: number[];
  private readonly open = new Map<number, AskedTrial>();

  private constructor(private readonly options: OwnLoopOptions) {
    const { name, study, folders, pruner } = options;
    if (pruner.promote !== undefined) {
      throw new HpoError(
        'ERR_USAGE',
        'expected a pruner that stops trials, got one that pauses and promotes them: a loop of your own cannot resume a trial',
      );
    }
    this.name = name;
    this.live = study;
    this.suggester = new Suggester(options);
    this.decisions = new TrialDecisions({ study, pruner });
    this.models = folders && new ModelRetention(study, folders, 1, (error) => process.emitWarning(messageOf(error)));
    this.unfinished = study.history.trials.filter(({ outcome }) => outcome === undefined).map(({ number }) => number);
  }

  /** Throws ERR_USAGE for a pruner that needs trials to be resumed. */
  static async open(options: OwnLoopOptions): Promise<OwnLoopStudy> {
    const study = new OwnLoopStudy(options);
    await study.models?.sweep();
    return study;
  }

  get objective(): Objective {
    return this.live.history.objective;
  }

  /** Every trial by number, running ones included. */
  get trials(): readonly Trial[] {
    return this.live.view.trials;
  }

  /** The finished trial with the best value. */
  get best(): Trial | undefined {
    return this.live.history.best;
  }

  get history(): History {
    return this.live.view;
  }

  /** Whether the space has nothing left to try. */
  get exhausted(): boolean {
    return this.suggester.exhausted;
  }

  /**
   * The next trial: first those that an earlier process left unfinished, then new ones. Undefined once the total is
   * reached or the space is exhausted.
   * @throws HpoError ERR_SEARCH, ERR_STORE.
   */
  ask(): AskedTrial | undefined {
    const left = this.unfinished.shift();
    const trial = left === undefined ? this.suggester.next() : this.live.history.trials[left];
    if (trial === undefined) return undefined;
    const { number } = trial;
    if (trial.state === 'asked') this.live.record({ type: 'started', trial: number, slot: 0 });
    const asked = new AskedTrial({
      trial,
      seed: this.options.seed,
      folders: this.options.folders,
      decisions: this.decisions,
      decision: this.decisions.afterCutOff(number),
    });
    this.open.set(number, asked);
    return asked;
  }

  /**
   * Ends a trial. With a number, that is its value, recorded as one more epoch unless its last report says the same, and the trial is
   * completed; the pruner has no say in it, but where an earlier report ended the trial (pruned, diverged) that stands. With an outcome,
   * that. With nothing, it is what its last report made of it: pruned, diverged, or completed.
   * @throws HpoError ERR_USAGE for a trial that is not open, or one that is completed without any value; ERR_STORE.
   */
  tell(trial: AskedTrial | number, result?: number | Outcome): Outcome {
    const asked = this.openTrial(typeof trial === 'number' ? trial : trial.number);
    const outcome = typeof result === 'object' ? this.checked(result) : this.outcomeOf(asked, result);
    const { number } = asked;
    if (outcome.status === 'completed' && this.live.history.trials[number]?.reports.length === 0) {
      throw new HpoError(
        'ERR_USAGE',
        `expected a value or a report of trial ${number} before it is completed, got none`,
      );
    }
    this.live.record({ type: 'told', trial: number, outcome });
    this.open.delete(number);
    this.live.flush().catch(() => {}); // the next event, flush or close throws it
    this.models?.told(this.live.history.trials[number] as Trial);
    return outcome;
  }

  /** Runs `train` as the trials of this study, to its total, with pruning where `train` asks for it. See `optimize`. */
  optimize(train: TrialFunction, options: OptimizeOptions = {}): Promise<OptimizeEnd> {
    return optimize(this, train, options);
  }

  /** Resolves when everything so far is on disk. */
  async flush(): Promise<void> {
    await this.live.flush();
  }

  /** Writes what is left to write and lets other processes open the study. Open trials are asked again then. */
  async close(): Promise<void> {
    await this.models?.settled();
    await this.options.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private openTrial(number: number): AskedTrial {
    const asked = this.open.get(number);
    if (asked !== undefined) return asked;
    const state = this.live.history.trials[number]?.state;
    const found = state === undefined ? 'which was never asked' : `which is ${state}`;
    throw new HpoError('ERR_USAGE', `expected an open trial, got trial ${number}, ${found}`);
  }

  private outcomeOf(asked: AskedTrial, value: number | undefined): Outcome {
    const before = asked.outcome;
    if (value !== undefined && before?.status !== 'failed') this.reportValue(asked, value);
    const now = asked.outcome;
    return before ?? (now?.status === 'failed' ? now : { status: 'completed' });
  }

  private reportValue(asked: AskedTrial, value: number): void {
    const { metric } = this.objective;
    const reports = this.live.history.trials[asked.number]?.reports ?? [];
    if (reports.at(-1)?.metrics[metric] !== value) asked.report(reports.length + 1, { [metric]: value });
  }

  private checked(outcome: Outcome): Outcome {
    try {
      return checkOutcome(outcome);
    } catch (error) {
      throw new HpoError('ERR_USAGE', `the outcome of a trial: ${messageOf(error)}`, { cause: error });
    }
  }
}
