// How many images the network sees in a study with another domain, and in one without.
import type { ImagesRecord } from '../../study/events.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { fieldValues, largestValue } from '../setup/field-values.js';

export interface ShownImages {
  /** Images of an epoch's training steps: with adversarial adaptation as many of the target as of the source. */
  readonly trained: number;
  /** Images that the evaluation of an epoch reads, with those by which BatchNorm statistics of trained blocks are measured. */
  readonly evaluated: number;
  /** Images whose features can be cached, each in `views` views where it is trained on. Of all networks that trials need. */
  readonly cached: (views: number) => number;
  /** The same of the network or networks that one trial needs, at most. */
  readonly cachedOfTrial: (views: number) => number;
  /** Images through the whole network to measure its BatchNorm statistics. */
  readonly measured: number;
}

/** Images of a trial, or of one of its folds. */
interface StudyImages {
  readonly train: number;
  readonly validation: number;
  /** Those without the target's that are cached, each in so many views where it is trained on. */
  readonly own: (views: number) => number;
  readonly target: ImagesRecord['target'];
}

/** Upper bounds over the trials of a study. */
export function shownImages(
  definition: Pick<StudyDefinition, 'space' | 'training'>,
  { train, validation, own, target }: StudyImages,
): ShownImages {
  const { unlabelled = 0, validation: labelled = 0 } = target ?? {};
  const judged = validation + labelled;
  const isAdversarial = largestValue(definition, 'adversarial') > 0;
  const statistics = fieldValues(definition, 'batchNormStatistics');
  const isAdapted = statistics.includes('target');
  const isAlwaysAdapted = isAdapted && statistics.every((one) => one === 'target');
  const views = (count: number): number => own(count) + (isAdversarial ? unlabelled * count : 0) + labelled;
  // Where the target is not trained on, its images are read as they are, to measure statistics.
  const adapted = (count: number): number => views(count) + (isAdversarial ? 0 : unlabelled);
  return {
    trained: isAdversarial ? 2 * train : train,
    evaluated: judged + (isAdapted ? unlabelled : 0),
    cached: (count) => (isAlwaysAdapted ? 0 : views(count)) + (isAdapted ? adapted(count) : 0),
    cachedOfTrial: (count) => (isAdapted ? adapted(count) : views(count)),
    measured: isAdapted ? train + unlabelled : 0,
  };
}
