// The time left as a range.
import { describe, expect, it } from 'vitest';
import { promotionsOf } from '../../../src/dashboard/model/promotions.js';
import { StudyModel } from '../../../src/dashboard/model/study-model.js';
import { type RunningTrial, StayWindow, type WorkLeft, timeLeft } from '../../../src/dashboard/model/time-left.js';
import { RandomStream } from '../../../src/math/random.js';
import { funnelLadder } from '../../../src/search/pruners/ladders.js';
import { recordedDefinition } from '../../../src/study/schema/recorded-definition.js';
import { JOURNAL_VERSION, type TrialEvent } from '../../../src/study/events.js';

function stays(...seconds: number[]): StayWindow {
  const window = new StayWindow();
  for (const one of seconds) window.add({ seconds: one, share: 1 });
  return window;
}

/** So far, at so many seconds for a full trial. */
function running(share: number, full: number): RunningTrial {
  return { share, elapsed: share * full, secondsTo: (to) => (to - share) * full };
}

const none: WorkLeft = { unstarted: 0, running: [], continued: [], mayStop: false, slots: 1 };

describe('timeLeft', () => {
  it('is unknown where nothing is known of what a trial costs', () => {
    expect(timeLeft(stays(), { ...none, unstarted: 5 })).toBeUndefined();
  });

  it('is told from the pace of a running trial before any trial has ended', () => {
    const time = timeLeft(stays(), { ...none, running: [running(0.5, 100)] });
    expect(time?.seconds).toBeGreaterThan(40);
    expect(time?.seconds).toBeLessThan(60);
  });

  it('spreads what is left over the slots', () => {
    const time = timeLeft(stays(10, 10, 10, 10), { ...none, unstarted: 8, slots: 2 });
    expect(time?.seconds).toBeGreaterThan(32);
    expect(time?.seconds).toBeLessThan(48);
  });

  it('is never less than what one running trial still takes', () => {
    const time = timeLeft(stays(10, 10, 10, 10), { ...none, running: [running(5 / 12, 265)], slots: 8 });
    // Seven of twelve epochs at the lane's own pace, whatever others took.
    expect(time?.low).toBeGreaterThan(130);
    expect(time?.high).toBeLessThan(190);
  });

  it('is a wider range where trials differ more', () => {
    const width = (...seconds: number[]): number => {
      const { low, high } = timeLeft(stays(...seconds), { ...none, unstarted: 10 }) ?? { low: NaN, high: NaN };
      return high - low;
    };
    expect(width(2, 20, 1, 17)).toBeGreaterThan(2 * width(10, 11, 9, 10));
  });

  it('holds the truth about 8 times in 10', () => {
    const random = RandomStream.of('time left, tested');
    const draw = (): number => 10 * Math.exp(0.5 * random.normal());
    const rounds = 300;
    let held = 0;
    for (let i = 0; i < rounds; i++) {
      const time = timeLeft(stays(...Array.from({ length: 15 }, draw)), { ...none, unstarted: 30 });
      // The machine is somewhat faster or slower from then on.
      const drift = Math.exp(0.15 * random.normal());
      const truth = drift * Array.from({ length: 30 }, draw).reduce((sum, value) => sum + value, 0);
      if (time !== undefined && truth >= time.low && truth <= time.high) held++;
    }
    expect(held / rounds).toBeGreaterThan(0.72);
    expect(held / rounds).toBeLessThan(0.9);
  });
});

describe('a model', () => {
  const definition = recordedDefinition.parse({
    space: { unfreezeDepth: { type: 'int', min: 0, max: 4 } },
    search: { strategy: 'random', trials: 2 },
    training: { epochs: 12, headEpochs: 2 },
    pruner: { type: 'none' },
    objective: { metric: 'f1', direction: 'maximize' },
  });
  const created: TrialEvent = { type: 'created', version: JOURNAL_VERSION, study: { name: 'a', definition }, at: 0 };
  const begin = (trial: number, slot: number, depth: number): TrialEvent[] => [
    { type: 'asked', trial, parameters: { unfreezeDepth: depth }, source: 'sampler', at: 0 },
    { type: 'started', trial, slot, at: 0 },
  ];
  const report = (trial: number, epoch: number, seconds: number, at: number): TrialEvent => {
    return { type: 'reported', trial, report: { epoch, metrics: { f1: 0.5 }, seconds }, at: 1000 * at };
  };

  it('tells the epochs left at each lane’s own pace, and does not take cheap head epochs for those to come', () => {
    // The quick trial took 12 seconds in all; the other is at epoch 5 of 12, at 22 seconds for an epoch.
    const quick = Array.from({ length: 12 }, (_, i) => report(0, i + 1, 1, i + 1));
    const slow = [report(1, 1, 1, 1), report(1, 2, 1, 2), ...[3, 4, 5].map((e) => report(1, e, 22, 2 + 22 * (e - 2)))];
    const model = new StudyModel([created, ...begin(0, 0, 0), ...begin(1, 1, 4)]);
    for (const event of [...quick, { type: 'told', trial: 0, outcome: { status: 'completed' }, at: 12e3 } as const]) {
      model.apply(event);
    }
    for (const event of slow) model.apply(event);
    const time = model.timeLeft(2, 68e3);
    expect(time?.low).toBeLessThan(154);
    expect(time?.high).toBeGreaterThan(154);
    expect(time?.low).toBeGreaterThan(120);
  });

  it('says nothing while only the head was trained', () => {
    const model = new StudyModel([created, ...begin(0, 0, 4)]);
    model.apply(report(0, 1, 1, 1));
    expect(model.timeLeft(1, 2000)).toBeUndefined();
  });
});

describe('promotionsOf', () => {
  it('knows the rungs of the funnel and how many go on from each', () => {
    const trials = 30;
    const promotions = promotionsOf({ type: 'funnel' }, trials, 20, 1);
    expect(promotions?.rungs).toEqual([3, 6, 12]);
    const ladder = funnelLadder(promotions?.rungs ?? [], 2);
    expect(promotions?.chains.length).toBe(ladder.quota(0, trials));
    expect(promotions?.chains.filter((epochs) => epochs === 20 - 3).length).toBe(ladder.quota(2, trials));
  });

  it('are those of no pruner that pauses nothing', () => {
    expect(promotionsOf({ type: 'median' }, 30, 20, 0)).toBeUndefined();
  });
});
