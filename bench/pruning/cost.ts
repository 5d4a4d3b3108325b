// What a decision costs as a study grows: each trial reports, is decided on, and another asks whether one is promoted.
import { performance } from 'node:perf_hooks';
import { RandomStream } from '../../src/math/random.js';
import { createPruner } from '../../src/search/pruners/create-pruner.js';
import { HistoryLedger } from '../../src/study/history.js';
import type { PrunerOptions } from '../../src/study/pruner-options.js';
import { quantile } from './measure.js';
import { ACCURACY } from './replay.js';

const EPOCHS = 12;
const RUNS = 200;

/** Milliseconds of a decision and of a look for a promotion, the dearest epoch's median, in a study of so many trials. */
export function decisionCost(options: PrunerOptions, trials: number): number {
  const history = new HistoryLedger(ACCURACY);
  const random = RandomStream.of('cost', trials);
  for (let i = 0; i < trials; i++) add(history, random, 1 + random.integer(EPOCHS));
  const pruner = createPruner(options, ACCURACY, { epochs: EPOCHS, seed: 1, trials: trials + RUNS });
  let dearest = 0;
  for (const epoch of [3, 4, 6, 8]) {
    const spent: number[] = [];
    for (let i = 0; i < RUNS / 4; i++) {
      const number = add(history, random, epoch, false);
      const trial = history.trials[number];
      if (trial === undefined) continue;
      const start = performance.now();
      pruner.decide(trial, history);
      pruner.promote?.(history, RUNS);
      spent.push(performance.now() - start);
      history.apply({ type: 'told', trial: number, outcome: { status: 'completed' }, at: 0 });
    }
    dearest = Math.max(dearest, quantile(spent, 0.5));
  }
  return dearest;
}

/** Adds a trial of so many epochs and ends it: completed where it ran in full, paused for every third, pruned else. */
function add(history: HistoryLedger, random: RandomStream, epochs: number, end = true): number {
  const trial = history.trials.length;
  history.apply({ type: 'asked', trial, parameters: { id: trial }, source: 'sampler', at: 0 });
  history.apply({ type: 'started', trial, slot: 0, at: 0 });
  for (let epoch = 1; epoch <= epochs; epoch++) {
    history.apply({ type: 'reported', trial, report: { epoch, metrics: { accuracy: random.next() } }, at: 0 });
  }
  if (!end) return trial;
  if (epochs === EPOCHS) history.apply({ type: 'told', trial, outcome: { status: 'completed' }, at: 0 });
  else if (trial % 3 === 0) history.apply({ type: 'paused', trial, epoch: epochs, reason: '', at: 0 });
  else history.apply({ type: 'told', trial, outcome: { status: 'pruned', epoch: epochs, reason: '' }, at: 0 });
  return trial;
}
