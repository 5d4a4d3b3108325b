// How right the time left is: npx tsx bench/time-left.ts [journal.jsonl …]. On recorded curves that are replayed as studies, and on journals.
import { existsSync, readFileSync } from 'node:fs';
import { StudyModel } from '../src/dashboard/model/study-model.js';
import { RandomStream } from '../src/math/random.js';
import { createPruner } from '../src/search/pruners/create-pruner.js';
import { JOURNAL_VERSION, type TrialEvent } from '../src/study/events.js';
import { recordedDefinition } from '../src/study/schema/recorded-definition.js';
import type { PrunerOptions } from '../src/study/pruner-options.js';
import { type DataSet, draw, readCurves } from './pruning/curves.js';
import { mean, quantile } from './pruning/measure.js';
import { ACCURACY, replay } from './pruning/replay.js';

const CURVES = '../shared/benchmarks/finetuning-curves.json';
const TRIALS = 40;
const DRAWS = 3;
/** Of so many reports one is followed by an estimate. */
const EVERY = 31;
const PRUNERS: readonly PrunerOptions[] = [
  { type: 'none' },
  { type: 'median' },
  { type: 'successiveHalving', reduction: 3 },
  { type: 'successiveHalving', form: 'promotion', reduction: 3 },
  { type: 'funnel' },
];
/** The last seconds of a study are told by no one; what counts is what is worth waiting for. */
const LEAST_LEFT = 0.02;

interface Sample {
  readonly truth: number;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  /** Trials left times what ended ones took on average, over the slots. */
  readonly naive: number;
}

/** Estimates after every so many-th report, from the first that there is. */
function samplesOf(events: readonly TrialEvent[], slots: number, every = 1): Sample[] {
  const model = new StudyModel();
  const [first, last] = [events[0]?.at ?? 0, events.at(-1)?.at ?? 0];
  const ended: number[] = [];
  const begun = new Map<number, number>();
  const samples: Sample[] = [];
  let reports = 0;
  for (const event of events) {
    model.apply(event);
    if (event.type === 'started') begun.set(event.trial, event.at);
    if (event.type === 'told') ended.push((event.at - (begun.get(event.trial) ?? event.at)) / 1000);
    const truth = (last - event.at) / 1000;
    if (event.type !== 'reported' || reports++ % every !== 0 || 1000 * truth < LEAST_LEFT * (last - first)) continue;
    const time = model.timeLeft(slots, event.at);
    if (time === undefined) continue;
    const naive = (mean(ended) * (model.toCome + model.running.size / 2)) / slots;
    samples.push({ truth, low: time.low, middle: time.seconds, high: time.high, naive });
  }
  return samples;
}

function print(name: string, samples: readonly Sample[]): void {
  const held = mean(samples.map(({ truth, low, high }) => Number(truth >= low && truth <= high)));
  const off = (estimates: readonly number[]): string => {
    const factors = estimates.flatMap((estimate, i) => {
      const { truth } = samples[i] as Sample;
      return Number.isFinite(estimate) && estimate > 0 ? [Math.abs(Math.log(estimate / truth))] : [];
    });
    return [0.5, 0.9].map((share) => `${Math.exp(quantile(factors, share)).toFixed(2)}×`.padStart(8)).join('');
  };
  const width = quantile(
    samples.map(({ low, high, truth }) => (high - low) / truth),
    0.5,
  );
  const early = mean(samples.map(({ truth, low }) => Number(truth < low)));
  const late = mean(samples.map(({ truth, high }) => Number(truth > high)));
  const figures = [
    ...[held, early, late].map((share) => `${(100 * share).toFixed(0)} %`.padStart(6)),
    off(samples.map(({ middle }) => middle)),
  ];
  console.log(
    `${name.padEnd(40)}${figures.join('')}${width.toFixed(2).padStart(8)}   ${off(samples.map(({ naive }) => naive))}`,
  );
}

function replayed(set: DataSet, options: PrunerOptions, workers: number): Sample[] {
  return Array.from({ length: DRAWS }, (_, i) => {
    const curves = draw(set, TRIALS, RandomStream.of('time left', set.name, i));
    const context = { epochs: set.epochs, trials: curves.length, seed: i };
    const { events } = replay(curves, createPruner(options, ACCURACY, context), workers);
    const definition = recordedDefinition.parse({
      objective: ACCURACY,
      space: { id: { type: 'int', min: 0, max: 1e6 } },
      search: { strategy: 'random', trials: curves.length },
      training: { epochs: set.epochs, headEpochs: 0 },
      pruner: options,
    });
    const study = { name: set.name, definition };
    return samplesOf([{ type: 'created', version: JOURNAL_VERSION, study, at: 0 }, ...events], workers, EVERY);
  }).flat();
}

console.log(
  `${''.padEnd(40)}  held  less  more  off by  (9 of 10)  width    trials × mean: off by (9 of 10)\n` +
    'held: share of estimates whose range holds the truth, 80 % wanted; less, more: it was below, above it; off by: median factor; width: range over truth',
);
if (existsSync(CURVES)) {
  const sets = readCurves(CURVES).filter(({ curves }) => curves.length >= TRIALS);
  for (const options of PRUNERS) {
    for (const workers of [1, 4]) {
      const form = 'form' in options && options.form !== undefined ? `, ${options.form}` : '';
      print(
        `${options.type}${form}, ${workers} slots, ${sets.length} data sets`,
        sets.flatMap((set) => replayed(set, options, workers)),
      );
    }
  }
} else console.log(`no ${CURVES}: journals alone`);
for (const path of process.argv.slice(2)) {
  const events = readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TrialEvent);
  const slots = new Set(events.flatMap((event) => (event.type === 'started' ? [event.slot] : []))).size;
  print(path.slice(-40), samplesOf(events, slots));
}
