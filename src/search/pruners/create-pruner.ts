// From a study's pruner options to a pruner: the one place that names the kinds.
import type { Objective } from '../../study/objective.js';
import type { Parameters } from '../../study/parameters.js';
import { SearchSpace } from '../../study/space.js';
import { PRUNER_DEFAULTS, type PrunerOptions } from '../../study/pruner-options.js';
import type { Trial } from '../../study/trial.js';
import { FreezeThaw } from '../freeze-thaw.js';
import { COEFFICIENTS } from '../prior/coefficients.js';
import type { Expectation } from '../prior/fine-tuning-prior.js';
import { type CurveCoefficients, LearningCurves } from '../prior/learning-curves.js';
import type { Pruner } from '../pruner.js';
import { sobolCandidates } from '../sobol-candidates.js';
import { checkPrunerOptions } from './check-options.js';
import { hyperbandRule } from './hyperband.js';
import { FreezeThawPruner, freezeThawStops } from './freeze-thaw.js';
import { funnelLadder, halvingLadder } from './ladders.js';
import { nonePruner } from './none.js';
import { patienceRule } from './patience.js';
import { percentileRule } from './percentile.js';
import { PromotionPruner } from './promotion.js';
import { type Frame, decideBy, type Rule } from './rule.js';
import { rungs } from './rungs.js';
import { SignificanceTest } from './significance.js';
import { halvingRule } from './successive-halving.js';
import { thresholdRule } from './threshold.js';

/** What a pruner may know of the study besides its history. */
export interface PrunerContext {
  /** Epochs of a full trial. */
  readonly epochs: number;
  readonly seed: number;
  /** Epochs of the head alone with which a trial begins; 0 where there is no such phase. */
  readonly headEpochs?: number;
  /** The epoch from which on a trial trains all that it ever trains; patience counts from there. Default: the first. */
  readonly fullDepthFrom?: (trial: Trial) => number;
  /** The most trials that the study asks. Lets the promotion forms drop a hopeless trial at once rather than keep its checkpoint. */
  readonly trials?: number;
  /** The class of each validation image in index order; significance is tested with it. */
  readonly labels?: readonly number[];
  /** Where new trials come from; freezeThaw compares them by it. */
  readonly space?: SearchSpace;
  /** What is expected of a configuration beforehand; nothing by default. */
  readonly expect?: (parameters: Parameters) => Expectation;
  /** How learning curves go; by default as in the recorded runs that came with the program. */
  readonly curves?: CurveCoefficients;
  /** The only configurations that a new trial may have; missing where the whole space may be tried. */
  readonly among?: readonly Parameters[];
}

const NOTHING_EXPECTED: Expectation = { quality: 0, logSeconds: 0 };

/** Throws ERR_USAGE where an option is out of its range. */
export function createPruner(options: PrunerOptions, objective: Objective, context: PrunerContext): Pruner {
  checkPrunerOptions(options);
  if (options.type === 'none') return nonePruner;
  const frame = frameOf(options, objective, context);
  const { epochs, seed, trials } = context;
  const { reduction, startupTrials } = { ...PRUNER_DEFAULTS };
  const following = (rule: Rule): Pruner => ({ decide: decideBy(rule, frame) });

  switch (options.type) {
    case 'median':
      return following(percentileRule(objective, 50, options.startupTrials ?? startupTrials));
    case 'percentile':
      return following(percentileRule(objective, options.percentile, options.startupTrials ?? startupTrials));
    case 'patience':
      return following(
        patienceRule(objective, options.patience, options.minDelta ?? PRUNER_DEFAULTS.minDelta, context.fullDepthFrom),
      );
    case 'threshold':
      return following(thresholdRule(objective, options.bound));
    case 'successiveHalving': {
      const eta = options.reduction ?? reduction;
      const list = rungs(frame.minEpochs, eta, epochs);
      if (options.form !== 'promotion') return following(halvingRule(objective, { rungs: list, reduction: eta }));
      return new PromotionPruner(halvingLadder(below(epochs, list), eta), frame, trials);
    }
    case 'hyperband': {
      const eta = options.reduction ?? reduction;
      return following(hyperbandRule(objective, { rungs: rungs(frame.minEpochs, eta, epochs), reduction: eta, seed }));
    }
    case 'freezeThaw': {
      const stops = freezeThawStops(frame.minEpochs, epochs);
      const { space = new SearchSpace({}), expect = () => NOTHING_EXPECTED, among } = context;
      const curves = new LearningCurves(context.curves ?? COEFFICIENTS.curves);
      const model = new FreezeThaw({ objective, epochs, stops, curves, expect, space });
      const candidates = among === undefined ? sobolCandidates(space, seed) : () => among;
      return new FreezeThawPruner({ model, stops, candidates, trials }, frame);
    }
    case 'funnel': {
      const list = below(epochs, rungs(frame.minEpochs, 2, epochs));
      return new PromotionPruner(funnelLadder(list, options.breadth ?? PRUNER_DEFAULTS.breadth), frame, trials);
    }
  }
}

function frameOf(
  options: Exclude<PrunerOptions, { type: 'none' }>,
  objective: Objective,
  context: PrunerContext,
): Frame {
  const first =
    options.type === 'funnel' || options.type === 'freezeThaw'
      ? PRUNER_DEFAULTS.funnelMinEpochs
      : PRUNER_DEFAULTS.minEpochs;
  const minEpochs = options.minEpochs ?? first + (context.headEpochs ?? 0);
  const confidence = 'significance' in options ? options.significance?.confidence : undefined;
  const { seed, labels, epochs } = context;
  const test = confidence === undefined ? undefined : new SignificanceTest({ objective, confidence, seed, labels });
  return { objective, epochs, minEpochs, test };
}

/** Nobody pauses after the last epoch. */
function below(epochs: number, list: readonly number[]): number[] {
  return list.filter((rung) => rung < epochs);
}
