// What an epoch costs, by trial and by what is unfrozen in it.
import type { Report, Trial } from '../../study/trial.js';

/** Epochs of one trial in one phase. */
interface Spent {
  seconds: number;
  count: number;
}

interface OwnEpochs {
  readonly head: Spent;
  readonly tail: Spent;
  /** Epochs that computed features for later ones: what they took says little of those to come. */
  readonly computing: { seconds: number; head: number; tail: number };
  lastAt: number;
}

/** How much the latest epoch changes what an epoch is thought to cost. */
const NEWEST = 0.15;

export class EpochCosts {
  private readonly own = new Map<number, OwnEpochs>();
  /** Mean seconds of an epoch, by backbone and by how many blocks are trained in it. */
  private readonly means = new Map<string, Map<number, number>>();
  private mean: number | undefined;

  /** @param headEpochs epochs at a trial's begin in which the head alone is trained. */
  note(trial: Trial, report: Report, seconds: number, headEpochs: number, at: number): void {
    const own = this.ownOf(trial.number);
    own.lastAt = at;
    if (!Number.isFinite(seconds)) return;
    const isHead = report.epoch <= headEpochs;
    if ((report.work?.computed ?? 0) > 0) {
      own.computing.seconds += seconds;
      own.computing[isHead ? 'head' : 'tail']++;
      return;
    }
    const spent = isHead ? own.head : own.tail;
    spent.seconds += seconds;
    spent.count++;
    const { backbone, depth } = placeOf(trial);
    const byDepth = this.means.get(backbone) ?? new Map<number, number>();
    this.means.set(backbone, byDepth);
    const place = isHead ? 0 : depth;
    byDepth.set(place, moved(byDepth.get(place), seconds));
    if (!isHead || depth === 0) this.mean = moved(this.mean, seconds);
  }

  /** Seconds of an epoch in which more than the head is trained, over all trials; undefined where none was seen. */
  get typical(): number | undefined {
    return this.mean;
  }

  /**
   * Seconds for the epochs after `from` up to `to`, at the trial's own pace where it has one, else at that of trials that train as
   * much; NaN where nothing like it was seen. @param now for what the epoch in progress has had already.
   */
  between(trial: Trial, from: number, to: number, headEpochs: number, now: number): number {
    if (to <= from) return 0;
    const head = Math.max(0, Math.min(to, headEpochs) - from);
    const tail = to - from - head;
    const own = this.own.get(trial.number);
    const headCost = head === 0 ? 0 : (meanOf(own?.head) ?? this.costOf(trial, 0) ?? computingCost(own) ?? NaN);
    const tailCost =
      tail === 0 ? 0 : (meanOf(own?.tail) ?? this.costOf(trial, placeOf(trial).depth) ?? computingCost(own) ?? NaN);
    const current = head > 0 ? headCost : tailCost;
    const since = Math.max(0, (now - (own?.lastAt ?? trial.startedAt ?? now)) / 1000);
    return head * headCost + tail * tailCost - Math.min(since, 0.9 * current);
  }

  /** Seconds that the trial's epochs took, those that computed features at the pace of its others: what a trial like it will cost. */
  spentBy(trial: Trial): number | undefined {
    const own = this.own.get(trial.number);
    if (own === undefined) return undefined;
    const { head, tail, computing } = own;
    const known = head.seconds + tail.seconds;
    if (computing.head + computing.tail === 0) return known;
    const headCost = meanOf(head) ?? this.costOf(trial, 0);
    const tailCost = meanOf(tail) ?? this.costOf(trial, placeOf(trial).depth);
    const isPaced =
      (computing.head === 0 || headCost !== undefined) && (computing.tail === 0 || tailCost !== undefined);
    if (!isPaced) return known + computing.seconds;
    return known + computing.head * (headCost ?? 0) + computing.tail * (tailCost ?? 0);
  }

  /** Nothing more is asked of a trial that has ended. */
  forget(trial: number): void {
    this.own.delete(trial);
  }

  /** Of trials with this backbone and depth, or between the depths nearest to it. */
  private costOf(trial: Trial, depth: number): number | undefined {
    const byDepth = this.means.get(placeOf(trial).backbone);
    const exact = byDepth?.get(depth);
    if (byDepth === undefined || exact !== undefined) return exact;
    const depths = [...byDepth.keys()].sort((a, b) => a - b);
    const below = depths.findLast((one) => one < depth && (one > 0 || depth === 0));
    const above = depths.find((one) => one > depth);
    const [low, high] = [below, above].map((one) => (one === undefined ? undefined : byDepth.get(one)));
    if (low === undefined || high === undefined) return depth === 0 ? undefined : (low ?? high);
    const share = (depth - (below ?? 0)) / ((above ?? 1) - (below ?? 0));
    return low + share * (high - low);
  }

  private ownOf(trial: number): OwnEpochs {
    const known = this.own.get(trial);
    if (known !== undefined) return known;
    const fresh = {
      head: { seconds: 0, count: 0 },
      tail: { seconds: 0, count: 0 },
      computing: { seconds: 0, head: 0, tail: 0 },
      lastAt: NaN,
    };
    this.own.set(trial, fresh);
    return fresh;
  }
}

function placeOf({ parameters }: Trial): { backbone: string; depth: number } {
  const depth = parameters['unfreezeDepth'];
  // A study that does not search the depth has one, and it need not be known which: only the head phase differs.
  return { backbone: String(parameters['backbone'] ?? ''), depth: typeof depth === 'number' ? depth : 1 };
}

function meanOf(spent: Spent | undefined): number | undefined {
  return spent === undefined || spent.count === 0 ? undefined : spent.seconds / spent.count;
}

function computingCost(own: OwnEpochs | undefined): number | undefined {
  const count = (own?.computing.head ?? 0) + (own?.computing.tail ?? 0);
  return own === undefined || count === 0 ? undefined : own.computing.seconds / count;
}

function moved(mean: number | undefined, value: number): number {
  return mean === undefined ? value : mean + NEWEST * (value - mean);
}
