// A study over recorded runs with their seconds: real sampler, real pruner, real history, a simulated clock.
import { RandomStream } from '../../src/math/random.js';
import type { Pruner } from '../../src/search/pruner.js';
import type { Sampler } from '../../src/search/sampler.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { Objective } from '../../src/study/objective.js';
import type { SearchSpace } from '../../src/study/space.js';
import { must } from '../../src/system/must.js';
import type { RecordedRun } from '../../scripts/prior/recorded-runs.js';

export const ACCURACY: Objective = { metric: 'accuracy', direction: 'maximize' };

/** Budgets, in mean seconds of a full run of the pool. */
export const BUDGETS = [0.5, 1, 2, 4, 8, 16] as const;

export interface ReplayOptions {
  readonly pool: readonly RecordedRun[];
  readonly space: SearchSpace;
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly workers: number;
  readonly seed: number;
  /** The budget at which the replay ends. Default: the largest. */
  readonly until?: number | undefined;
  /** The study's trials. Default: all of the pool. */
  readonly trials?: number | undefined;
  /** Whether it goes on when the pool's best value is found, since only the study's own rule ends it. */
  readonly toItsEnd?: boolean;
  /** Default: BUDGETS. */
  readonly budgets?: readonly number[] | undefined;
  /** Told what it came to: seconds, in budgets, and regret; and what the regret was when. */
  readonly onEnd?: (
    budgets: number,
    regret: number,
    course: readonly { readonly budgets: number; readonly regret: number }[],
  ) => void;
}

interface Busy {
  readonly trial: number;
  readonly slot: number;
  /** When the running epoch ends. */
  readonly until: number;
}

/**
 * Trains as the controller does: what was promoted goes before what is new. A suggestion stands for the nearest
 * configuration of the pool that no trial has yet.
 * @returns regret in points of accuracy at each budget: the pool's best minus the best value that was reported by then.
 */
export function replay(options: ReplayOptions): number[] {
  const { pool, space, sampler, pruner, workers, seed, until, toItsEnd = false, budgets = BUDGETS } = options;
  const trials = Math.min(options.trials ?? Infinity, pool.length);
  const history = new HistoryLedger(ACCURACY);
  const left = new Set(pool);
  const runs: RecordedRun[] = [];
  const busy: Busy[] = [];
  const curve: { readonly at: number; readonly best: number }[] = [];
  const budget = meanSeconds(pool);
  const top = Math.max(...pool.flatMap(({ accuracy }) => accuracy));
  const last = (until ?? must(BUDGETS.at(-1), 'a budget')) * budget;
  let now = 0;
  let best = 0;
  let isEnough = false;

  const train = (trial: number): void => {
    const taken = new Set(busy.map(({ slot }) => slot));
    const slot = Array.from({ length: workers }, (_, i) => i).find((i) => !taken.has(i)) ?? 0;
    const epoch = history.trials[trial]?.reports.length ?? 0;
    busy.push({ trial, slot, until: now + (runs[trial]?.seconds[epoch] ?? 0) });
  };
  const promote = (): boolean => {
    const promotion = pruner.promote?.(history, isEnough ? 0 : trials - history.trials.length);
    if (promotion === undefined) return false;
    history.apply({ type: 'promoted', ...promotion, at: now });
    train(promotion.trial);
    return true;
  };
  const ask = (): boolean => {
    isEnough ||=
      history.trials.length < trials && sampler.enough?.(history, RandomStream.of(seed, 'enough')) !== undefined;
    if (history.trials.length === trials || isEnough) return false;
    const trial = history.trials.length;
    const suggestion = sampler.ask(history, RandomStream.of(seed, 'ask', trial));
    if (suggestion === undefined) return false;
    const run = nearest(space, suggestion.parameters, left);
    left.delete(run);
    runs.push(run);
    history.apply({ type: 'asked', trial, parameters: run.parameters, source: 'sampler', at: now });
    history.apply({ type: 'started', trial, slot: 0, at: now });
    train(trial);
    return true;
  };

  while (now < last && (toItsEnd || best < top)) {
    while (busy.length < workers && (promote() || ask() || promote()));
    if (busy.length === 0) break;
    const next = busy.reduce((first, candidate) => (candidate.until < first.until ? candidate : first));
    busy.splice(busy.indexOf(next), 1);
    now = next.until;
    const { trial } = next;
    const { accuracy, seconds } = must(runs[trial], 'a run');
    const epoch = must(history.trials[trial], 'a trial').reports.length + 1;
    const value = must(accuracy[epoch - 1], 'an epoch');
    const report = { epoch, metrics: { accuracy: value / 100 }, seconds: must(seconds[epoch - 1], 'an epoch') };
    history.apply({ type: 'reported', trial, report, at: now });
    best = Math.max(best, value);
    curve.push({ at: now, best });
    const { action, reason } = pruner.decide(must(history.trials[trial], 'a trial'), history);
    if (action === 'prune') {
      history.apply({ type: 'told', trial, outcome: { status: 'pruned', epoch, reason }, at: now });
    } else if (action === 'complete' || epoch === accuracy.length) {
      history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: now });
    } else if (action === 'pause') {
      history.apply({ type: 'paused', trial, epoch, reason, at: now });
    } else train(trial);
  }
  options.onEnd?.(
    now / budget,
    top - best,
    curve.map((point) => ({ budgets: point.at / budget, regret: top - point.best })),
  );
  return budgets.map((end) => top - (curve.findLast(({ at }) => at <= end * budget)?.best ?? 0));
}

/** Of a full run. */
export function meanSeconds(pool: readonly RecordedRun[]): number {
  return pool.reduce((sum, { seconds }) => sum + seconds.reduce((a, b) => a + b, 0), 0) / pool.length;
}

/** By the sum of differences in the unit cube; names differ by 1 or not at all. */
function nearest(
  space: SearchSpace,
  parameters: RecordedRun['parameters'],
  left: ReadonlySet<RecordedRun>,
): RecordedRun {
  const own = space.encode(parameters);
  const nominal = own.map((_, d) => {
    const domain = space.domainAt(d);
    return domain.type === 'choice' && !domain.ordinal ? 1 : 0;
  });
  let best: RecordedRun | undefined;
  let least = Infinity;
  for (const run of left) {
    const apart = space.encode(run.parameters).reduce((sum, u, d) => {
      const other = must(own[d], 'a coordinate');
      // What is inactive in one of them alone.
      if (Number.isNaN(u) || Number.isNaN(other)) return sum + Number(!Object.is(u, other));
      const difference = Math.abs(u - other);
      return sum + (nominal[d] === 1 ? Math.sign(difference) : difference);
    }, 0);
    if (apart < least) [best, least] = [run, apart];
  }
  return must(best, 'a run that is left');
}
