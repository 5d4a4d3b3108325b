// Is a trial worse than its rival, or only on these validation images?
import { RandomStream } from '../../math/random.js';
import type { History } from '../../study/history.js';
import { type Objective, valueOf } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';
import type { Rival } from '../pruner.js';
import { type Cell, classificationMetrics, countCells } from './agreement.js';
import { countWorse, scoreOf } from './bootstrap.js';

export interface SignificanceSettings {
  readonly objective: Objective;
  /** Share of resampled validation sets on which a trial must be worse. */
  readonly confidence: number;
  readonly seed: number;
  /** The class of each validation image in index order. */
  readonly labels: readonly number[] | undefined;
}

/** A reported value may differ from the recomputed one by this much, as a rounded one does. */
const TOLERANCE = 1e-3;

export interface Finding {
  /** Worse on too few of the resampled sets to be sure. */
  readonly inDoubt: boolean;
  readonly words: string;
}

/** A trial's report of an epoch. */
export interface Reported {
  readonly trial: Trial;
  readonly epoch: number;
}

/**
 * Compares image by image. Where that cannot be done nothing is in doubt, and the words say why it was not tested. The
 * stream of the bootstrap follows from who is compared, so the answer is a function of its arguments.
 */
export class SignificanceTest {
  constructor(private readonly settings: SignificanceSettings) {}

  compare(own: Reported, rival: Rival, history: History): Finding {
    const { objective, seed, confidence } = this.settings;
    const metric = classificationMetrics.get(objective.metric);
    if (metric === undefined) return untested(`${objective.metric} cannot be computed from predictions`);
    const cells = this.cellsOf(own, rival, history);
    if (typeof cells === 'string') return untested(cells);
    const value = valueAt(objective, own);
    const again = scoreOf(cells, metric);
    if (value === undefined || Math.abs(value - again) > TOLERANCE) {
      return untested(`trial ${own.trial.number} reports ${objective.metric} ${value}, its predictions give ${again}`);
    }
    const against = rival.kind === 'trial' ? [rival.trial, rival.epoch] : ['bound', rival.value];
    const random = RandomStream.of(seed, 'significance', own.trial.number, own.epoch, ...against);
    const { worse, sets } = countWorse(
      {
        cells,
        metric,
        against: rival.kind === 'trial' ? 'rival' : rival.value,
        maximize: objective.direction === 'maximize',
        needed: confidence,
      },
      random,
    );
    const [percent, needed] = [worse / sets, confidence].map((share) => Number((100 * share).toFixed(1)));
    return {
      inDoubt: worse / sets < confidence,
      words: `worse on ${percent} % of ${sets} resampled validation sets, ${needed} % needed`,
    };
  }

  /** How the predictions of the two agree, or why that cannot be told. */
  private cellsOf(own: Reported, rival: Rival, history: History): Cell[] | string {
    const { labels } = this.settings;
    if (labels === undefined || labels.length === 0) return 'the validation labels are not known';
    const compared = [own];
    if (rival.kind === 'trial') {
      const trial = history.trials[rival.trial];
      if (trial === undefined) return `trial ${rival.trial} is not known`;
      compared.push({ trial, epoch: rival.epoch });
    }
    const predictions: (readonly number[])[] = [];
    for (const { trial, epoch } of compared) {
      const found = trial.reports.find((report) => report.epoch === epoch)?.detail?.predictions;
      if (found === undefined) return `trial ${trial.number} has no predictions of epoch ${epoch}`;
      if (found.length !== labels.length) {
        return `trial ${trial.number} has ${found.length} predictions of epoch ${epoch} for ${labels.length} labels`;
      }
      predictions.push(found);
    }
    const [ours = [], theirs = ours] = predictions;
    return countCells(labels, ours, theirs);
  }
}

function valueAt(objective: Objective, { trial, epoch }: Reported): number | undefined {
  const report = trial.reports.find((candidate) => candidate.epoch === epoch);
  return report && valueOf(objective, report);
}

function untested(why: string): Finding {
  return { inDoubt: false, words: `significance not tested: ${why}` };
}
