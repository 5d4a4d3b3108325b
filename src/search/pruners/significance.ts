// Is a trial worse than its rival, or only on these validation images?
import { RandomStream } from '../../math/random.js';
import type { History } from '../../study/history.js';
import type { Objective } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';
import type { Rival } from '../pruner.js';
import { classificationMetrics, countCells } from './agreement.js';
import { RESAMPLES, shareWorse } from './bootstrap.js';

export interface SignificanceSettings {
  readonly objective: Objective;
  /** Share of resampled validation sets on which a trial must be worse. */
  readonly confidence: number;
  readonly seed: number;
  /** The class of each validation image in index order. */
  readonly labels: readonly number[] | undefined;
}

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
 * Compares image by image. Where that cannot be done (no predictions in a report, no labels, a metric that does not
 * follow from predictions) nothing is in doubt, and the words say why it was not tested. The stream of the bootstrap
 * follows from who is compared, so the answer is a function of its arguments.
 */
export class SignificanceTest {
  constructor(private readonly settings: SignificanceSettings) {}

  compare(own: Reported, rival: Rival, history: History): Finding {
    const { objective, labels, seed, confidence } = this.settings;
    const metric = classificationMetrics[objective.metric];
    if (metric === undefined) return untested(`${objective.metric} does not follow from predictions`);
    if (objective.direction === 'minimize') return untested(`${objective.metric} is minimized`);
    if (labels === undefined) return untested('the validation labels are not known');
    const ours = predictionsOf(own.trial, own.epoch);
    const rivalTrial = rival.kind === 'trial' ? history.trials[rival.trial] : undefined;
    const theirs = rival.kind === 'trial' ? predictionsOf(rivalTrial, rival.epoch) : ours;
    if (ours === undefined) return untested(`trial ${own.trial.number} has no predictions of epoch ${own.epoch}`);
    if (theirs === undefined && rival.kind === 'trial') {
      return untested(`trial ${rival.trial} has no predictions of epoch ${rival.epoch}`);
    }
    if (
      theirs === undefined ||
      ours.length !== labels.length ||
      theirs.length !== labels.length ||
      labels.length === 0
    ) {
      return untested(`expected ${labels.length} predictions, got ${ours.length} and ${theirs?.length}`);
    }
    const against = rival.kind === 'trial' ? [rival.trial, rival.epoch] : ['bound', rival.value];
    const random = RandomStream.of(seed, 'significance', own.trial.number, own.epoch, ...against);
    const cells = countCells(labels, ours, theirs);
    const share = shareWorse(cells, metric, rival.kind === 'trial' ? 'rival' : rival.value, random);
    const percent = Math.round(share * 1000) / 10;
    const words = `worse on ${percent} % of ${RESAMPLES} resampled validation sets, ${confidence * 100} % needed`;
    return { inDoubt: share < confidence, words };
  }
}

function untested(why: string): Finding {
  return { inDoubt: false, words: `significance not tested: ${why}` };
}

function predictionsOf(trial: Trial | undefined, epoch: number): readonly number[] | undefined {
  return trial?.reports.find((report) => report.epoch === epoch)?.detail?.predictions;
}
