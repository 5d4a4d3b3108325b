// The loop of a study: one queue of events, handled in one place. Ask → dispatch → report → decide → tell → store, for any number of slots.
import { setMaxListeners } from 'node:events';
import type { Pruner } from '../search/pruner.js';
import type { Sampler } from '../search/sampler.js';
import type { TrialFolders } from '../store/trial-folders.js';
import { HpoError, messageOf } from '../study/errors.js';
import type { Parameters } from '../study/parameters.js';
import type { ValidationConfiguration } from '../study/schema/validation-schema.js';
import type { TrialRun, TrialRunner } from '../study/trial-runner.js';
import type { Failure, Outcome, Trial } from '../study/trial.js';
import type { Activity } from './activity.js';
import { TrialQueue, type BatchRule } from './trial-queue.js';
import { type ConfirmOptions, seedOf } from './confirmation.js';
import { EventQueue } from './event-queue.js';
import { FoldQueue } from './fold-queue.js';
import { safeListener } from './safe-listener.js';
import { CoreSharing } from './core-sharing.js';
import type { LiveStudy } from './live-study.js';
import { ModelRetention } from './model-retention.js';
import type { LoopEvent, SlotTrial } from './loop-event.js';
import { Slots } from './slots.js';
import { StudyControl } from './study-control.js';
import { type StudyEnd, describeEnd } from './study-end.js';
import { CONTINUE, PRUNED_BY_HAND, type StudyMachines, TrialDecisions } from './trial-decisions.js';
import { fateOf, verdictOf } from './trial-fate.js';

export type { Activity } from './activity.js';
export type { BatchRule } from './trial-queue.js';

export interface StudyRunOptions {
  readonly study: LiveStudy;
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  /** Where trials are trained in folds. */
  readonly validation?: ValidationConfiguration | undefined;
  /** The pruner within a fold; default: the same in every one. */
  readonly prunerOfFold?: ((fold: number) => Pruner) | undefined;
  readonly runner: TrialRunner;
  readonly folders: TrialFolders;
  readonly seed: number;
  /** In total, those of earlier sessions included. */
  readonly trials: number;
  readonly enqueue?: readonly Parameters[];
  readonly confirm?: ConfirmOptions;
  /** How many of the best trials keep their folder. Default: those that are repeated, or the best. */
  readonly keep?: number;
  /** Whether the best configuration is also trained from random weights, once the search and its repeats are over. */
  readonly baseline?: boolean;
  /** The study stops after so many failed trials in a row; running it again goes on for as many. */
  readonly maxFailuresInARow?: number;
  /** Trials that an earlier process died with. They and the trials of their batch are trained in another process than this one. */
  readonly suspects?: ReadonlySet<number>;
  /** Missing where every slot trains one trial at a time. */
  readonly batches?: BatchRule;
  /** Recorded with trials that are on another kind of machine. */
  readonly machines?: StudyMachines;
  readonly control?: StudyControl;
  readonly onActivity?: (activity: Activity) => void;
}

/**
 * Runs a study to its end, or continues it. With one slot its events follow from history alone: a study that is cut off
 * anywhere and run again records what an undisturbed one would have. When it resolves, everything recorded is on disk.
 * @throws HpoError ERR_STORE, ERR_SEARCH, ERR_TRAINER_MODULE where it cannot go on. What was recorded is kept.
 */
export function runTrials(options: StudyRunOptions): Promise<StudyEnd> {
  return new StudyLoop(options).run();
}

class StudyLoop {
  private readonly study: LiveStudy;
  private readonly control: StudyControl;
  private readonly queue: TrialQueue;
  private readonly folds: FoldQueue;
  private readonly decisions: TrialDecisions;
  private readonly models: ModelRetention;
  private readonly slots: Slots;
  private readonly sharing: CoreSharing;
  private readonly maxFailures: number;
  private readonly abort = new AbortController();
  private readonly events = new EventQueue<LoopEvent>();
  private readonly onActivity: (activity: Activity) => void;
  private readonly training = new Set<SlotTrial>();
  /** Trials that failed by chance; their slot trains each once more, alone, when it has nothing else. */
  private retries: { readonly slot: number; readonly trial: number; readonly failure: Failure }[] = [];
  /** Those of them whose turn it is. */
  private readonly due = new Map<number, number>();
  private failure: { readonly error: unknown } | undefined;
  private tooManyFailures = false;

  constructor(private readonly options: StudyRunOptions) {
    const { study, runner, folders, confirm, keep, pruner } = options;
    this.study = study;
    this.onActivity = safeListener(options.onActivity);
    this.control = options.control ?? new StudyControl();
    this.maxFailures = options.maxFailuresInARow ?? 3;
    setMaxListeners(0, this.abort.signal); // every slot listens
    this.slots = new Slots(runner.slots);
    this.sharing = new CoreSharing(runner);
    this.decisions = new TrialDecisions({
      ...{ study, pruner, prunedByHand: this.control.prunedByHand, prunerOfFold: options.prunerOfFold },
      ...(options.machines === undefined ? {} : { machines: options.machines }),
      onDecision: (trial, decision) => this.onActivity({ type: 'decided', trial, decision }),
    });
    this.folds = new FoldQueue(study, options.validation);
    this.queue = new TrialQueue({
      ...options,
      folds: this.folds,
      enqueue: options.enqueue ?? [],
      decisionAfterCutOff: (trial) => this.decisions.afterCutOff(trial),
      settle: (trial, fate) => this.settle(trial, fate),
    });
    this.models = new ModelRetention(study, folders, Math.max(confirm?.top ?? 1, keep ?? 1), (error) =>
      this.onActivity({ type: 'problem', message: messageOf(error) }),
    );
  }

  async run(): Promise<StudyEnd> {
    const unwatch = this.control.watch(() => this.events.push({ type: 'controlled' }));
    const unwatchSlots = this.options.runner.watchSlots?.(() => this.events.push({ type: 'resized' }));
    this.events.push({ type: 'controlled' });
    try {
      await this.models.sweep();
      this.afterFold(this.folds.cutOff());
      for (;;) {
        for (const event of await this.events.next()) this.handle(event);
        this.advance();
        if (this.slots.busy === 0 && !this.isHeld) break;
        this.sharing.update(this.slots.busy);
      }
      await this.models.settled();
      await this.study.flush().catch((error: unknown) => this.fail(error));
    } finally {
      unwatch();
      unwatchSlots?.();
    }
    if (this.failure !== undefined) throw this.failure.error;
    return describeEnd({
      study: this.study,
      failing: this.tooManyFailures ? this.maxFailures : undefined,
      queue: this.queue,
      finishing: this.control.phase === 'finishing',
      outOfTime: this.control.outOfTime,
    });
  }

  private handle(event: LoopEvent): void {
    try {
      switch (event.type) {
        case 'reported': {
          const { trial, report, answer } = event;
          trial.answer = answer;
          // A trial whose batch broke may be trained again after it was decided on; the decision stands.
          if (verdictOf(trial.decision) === 'continue')
            trial.decision = this.decisions.receive(trial.number, report, trial.machine);
          return this.answer(trial);
        }
        case 'ended':
          return this.end(event.trial, event.outcome);
        case 'freed':
          return this.free(event.slot);
        case 'controlled':
          return this.handleControl();
        case 'resized':
          return this.slots.resize(this.options.runner.slots);
        case 'broken':
          return this.fail(event.error);
      }
    } catch (error) {
      // A report that could not be recorded or decided on leaves its trial unfinished: `advance` tells the trainer to pause.
      this.fail(error);
    }
  }

  /** A trial goes on unless it was decided otherwise; while the study is paused it waits. */
  private answer(trial: SlotTrial): void {
    let verdict = verdictOf(trial.decision);
    if (verdict === 'continue' && this.isHeld) return;
    if (verdict === 'continue' && !this.mayContinue) verdict = 'pause';
    trial.answer?.(verdict);
    trial.answer = undefined;
  }

  private end(trial: SlotTrial, outcome: Outcome | undefined): void {
    const { number } = trial;
    this.training.delete(trial);
    const isPrunedByHand = this.control.prunedByHand.has(number) && verdictOf(trial.decision) === 'continue';
    const { reports, retried } = this.trial(number);
    const fate = fateOf(isPrunedByHand ? PRUNED_BY_HAND : trial.decision, reports.length, outcome);
    const isByChance = fate !== undefined && 'fault' in fate && fate.fault === 'chance';
    if (isByChance && retried === undefined) this.retries.push({ slot: trial.slot, trial: number, failure: fate });
    else this.settle(number, fate);
  }

  private free(slot: number): void {
    for (const trial of this.training) if (trial.slot === slot) this.training.delete(trial);
    const retry = this.retries.find((one) => one.slot === slot);
    if (retry === undefined || this.failure !== undefined) return this.release(slot);
    this.retries = this.retries.filter((one) => one !== retry);
    const { trial, failure } = retry;
    this.due.set(slot, trial);
    this.study.record({ type: 'retried', trial, kind: failure.kind, message: failure.message });
  }

  /** A person may have interrupted the study or pruned trials; that it was paused or resumed shows in what goes on. */
  private handleControl(): void {
    if (this.control.phase === 'aborting') this.abort.abort();
    for (const trial of this.training) {
      if (!this.control.prunedByHand.has(trial.number) || verdictOf(trial.decision) !== 'continue') continue;
      trial.abort.abort();
      // Where its latest report waits, the trial ends there; else at its next one, or when its trainer handles the signal.
      if (trial.answer !== undefined) trial.decision = PRUNED_BY_HAND;
    }
  }

  /** Stops the study. */
  private fail(error: unknown): void {
    this.failure ??= { error };
    // Reports can no longer be kept, so there is no point in training on.
    if (error instanceof HpoError && error.code === 'ERR_STORE') this.abort.abort();
  }

  /** Everything that may go on after the latest events. */
  private advance(): void {
    for (const trial of this.training) if (trial.answer !== undefined) this.answer(trial);
    if (!this.isHeld) this.retry();
    if (!this.mayContinue) this.options.runner.withdraw?.();
    this.fill();
  }

  private retry(): void {
    for (const [slot, trial] of this.due) {
      this.due.delete(slot);
      if (this.mayContinue) this.start([this.trial(trial)], slot);
      else this.events.push({ type: 'freed', slot });
    }
  }

  /** Starts trials while there are idle slots and trials to start. */
  private fill(): void {
    try {
      while (this.slots.haveIdle && this.mayStart) {
        const trial = this.queue.next();
        if (trial === undefined) return;
        const trials = [trial, ...this.batchFor(trial)];
        this.start(trials, this.slots.take(trial.slot));
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Trials for the same slot. No slot takes more than its fair share of the remaining trials. */
  private batchFor(lead: Trial): Trial[] {
    const { batches, runner } = this.options;
    if (batches === undefined || runner.batches !== true || this.sourceOf(lead) === 'baseline') return [];
    const share = Math.ceil((this.queue.left + 1) / runner.slots);
    return this.queue.batchFor(lead, Math.min(batches.most(lead), share) - 1, batches);
  }

  private start(trials: readonly Trial[], slot: number): void {
    const freed = (): void => this.events.push({ type: 'freed', slot });
    try {
      for (const trial of trials) this.enter(trial, slot);
      const running = this.options.runner.run(
        trials.map((trial) => this.runOf(trial, slot)),
        slot,
        this.abort.signal,
      );
      running.catch((error: unknown) => this.events.push({ type: 'broken', error })).finally(freed);
    } catch (error) {
      this.fail(error);
      freed();
    }
  }

  private enter(trial: Trial, slot: number): void {
    const resumed = trial.state !== 'asked';
    if (!resumed) this.study.record({ type: 'started', trial: trial.number, slot });
    this.onActivity({ type: 'occupied', slot, trial, resumed });
  }

  /** What the runner gets of a trial; whatever it tells becomes an event. */
  private runOf(trial: Trial, slot: number): TrialRun {
    const { folders, seed, suspects } = this.options;
    const { number, parameters, reports } = trial;
    const fold = this.folds.assigned(trial);
    const before = trial.machine ?? this.options.machines?.began;
    const abort = new AbortController();
    const training: SlotTrial = { number, slot, abort, decision: CONTINUE };
    this.training.add(training);
    return {
      assignment: {
        ...{ trial: number, parameters, source: this.sourceOf(trial) },
        ...(fold === undefined ? {} : { fold }),
        seed: seedOf(trial, this.study.history, seed),
        directory: folders.of(number),
        reported: reports.length,
        ...(suspects?.has(number) === true ? { apart: true } : {}),
      },
      signal: abort.signal,
      ...(before === undefined || reports.length === 0 ? {} : { trainedOn: before }),
      onPlaced: (machine) => (training.machine = machine),
      onReport: (report) =>
        new Promise((answer) => this.events.push({ type: 'reported', trial: training, report, answer })),
      onEnd: (outcome) => this.events.push({ type: 'ended', trial: training, outcome }),
    };
  }

  private release(slot: number): void {
    this.slots.give(slot);
    this.onActivity({ type: 'freed', slot });
  }

  /** Records what became of a trial. */
  private settle(number: number, fate: ReturnType<typeof fateOf>): void {
    if (fate === undefined) return;
    const epoch = this.trial(number).reports.length;
    if ('action' in fate) {
      return this.study.record({ type: 'paused', trial: number, epoch, reason: fate.reason });
    }
    if (fate.status === 'completed' && epoch === 0)
      return this.reject(number, 'expected at least one report, got none');
    if (fate.status === 'completed' && this.folds.hasMore(this.trial(number))) return this.endFirstFold(number, fate);
    if (fate.status !== 'failed') return this.tell(number, fate);
    const { fault, ...outcome } = fate;
    if (fault === 'trainer') return this.reject(number, fate.message);
    if (typeof fault !== 'object') return this.tell(number, outcome);
    this.fail(new HpoError(fault.code, `trial ${number} is left unfinished: ${fate.message}`));
  }

  private endFirstFold(trial: number, { reason }: Extract<Outcome, { status: 'completed' }>): void {
    this.study.record({ type: 'folded', trial, ...(reason === undefined ? {} : { reason }) });
    this.afterFold(trial);
  }

  /** A fold of the trial has ended, which may be the end of the trial. */
  private afterFold(trial: number | undefined): void {
    const outcome = trial === undefined ? undefined : this.folds.outcomeOf(trial);
    if (trial !== undefined && outcome !== undefined) this.tell(trial, outcome);
  }

  /** Why a trial is trained; a fold is trained as its trial is. */
  private sourceOf({ fold, source }: Trial): Trial['source'] {
    return fold === undefined ? source : this.trial(fold.of).source;
  }

  /** The disk is asked at once and not waited for: those who act on the outcome flush first. */
  private tell(trial: number, outcome: Outcome): void {
    this.study.record({ type: 'told', trial, outcome });
    this.study.flush().catch((error: unknown) => this.events.push({ type: 'broken', error }));
    this.models.told(this.trial(trial));
    const { failuresInARow } = this.study.history;
    // A multiple, so that a study that is run again after this goes on for as many.
    const isMultiple = failuresInARow.length % this.maxFailures === 0;
    if (failuresInARow.at(-1) === trial && isMultiple) this.tooManyFailures = true;
    this.afterFold(this.trial(trial).fold?.of);
  }

  /**
   * The trainer broke its contract. After one good report such a violation fails only that trial; before, it stops the study: the module
   * needs mending, and no trial is spent.
   */
  private reject(trial: number, message: string): void {
    if (this.study.history.trials.some(({ best }) => best !== undefined)) {
      return this.tell(trial, { status: 'failed', kind: 'crashed', message });
    }
    this.fail(new HpoError('ERR_TRAINER_MODULE', `the trainer broke its contract in trial ${trial}: ${message}`));
  }

  private trial(number: number): Trial {
    return this.study.history.trials[number] as Trial;
  }

  private get isStopping(): boolean {
    return this.tooManyFailures || this.failure !== undefined;
  }

  /** Whether a person paused the study: nothing starts, and trials wait where they reported. */
  private get isHeld(): boolean {
    return this.control.paused && !this.isStopping;
  }

  private get mayStart(): boolean {
    return this.control.phase === 'running' && !this.control.paused && !this.isStopping;
  }

  private get mayContinue(): boolean {
    return (this.control.phase === 'running' || this.control.phase === 'finishing') && !this.isStopping;
  }
}
