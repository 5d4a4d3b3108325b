// How good the trial to go with is on slices of the validation images, from what the journal remembers.
import { isTargetMetric } from '../metrics/metric-names.js';
import { type SliceScore, sliceScores } from '../metrics/slice-scores.js';
import type { ImagesRecord, StudyRecord } from '../study/events.js';
import type { History } from '../study/history.js';
import type { Trial } from '../study/trial.js';
import { validationLabels } from '../study/validation-labels.js';
import { leaderOf } from './confirmation.js';

/**
 * Worst first, of the trial; default: of the one that leads, which may be open. In folds each image is predicted by the model that did not
 * see it; of several repeats the first counts, which has every image once. Empty where the study names no slices, no trial has a value, or
 * the journal's predictions are of the target's images.
 */
export function winnerSlices(
  history: History,
  { images }: Pick<StudyRecord, 'images'>,
  trial = leaderOf(history)?.trial,
): readonly SliceScore[] {
  const isOfTarget = isTargetMetric(history.objective.metric);
  if (images?.slices === undefined || trial?.best === undefined || isOfTarget) return [];
  const labels = validationLabels(images);
  const parts = partsOf(trial, trial.best.epoch, images, labels.length);
  const found: { readonly place: number; readonly predicted: number }[] = [];
  for (const { trial: number, epoch, places } of parts) {
    const predictions = history.trials[number]?.reports[epoch - 1]?.detail?.predictions;
    // Journals of earlier versions do not know the images of a fold.
    if (predictions?.length !== places.length) return [];
    predictions.forEach((predicted, i) => found.push({ place: places[i]!, predicted }));
  }
  return sliceScores(
    found.map(({ place }) => labels[place]!),
    found.map(({ predicted }) => predicted),
    images.slices.map(({ members, ...slicing }) => ({
      ...slicing,
      members: found.map(({ place }) => members[place]!),
    })),
  );
}

/** Images that one training predicted: where they stand among those that trials are validated on. */
interface PredictedPart {
  readonly trial: number;
  readonly epoch: number;
  readonly places: readonly number[];
}

function partsOf(
  { number, folds }: Pick<Trial, 'number' | 'folds'>,
  epoch: number,
  { folds: recorded }: ImagesRecord,
  images: number,
): PredictedPart[] {
  const all = Array.from({ length: images }, (_, place) => place);
  if (recorded === undefined) return [{ trial: number, epoch, places: all }];
  // Before its first fold has ended, a trial is in that fold.
  const scored = folds ?? [{ index: 0, trial: number, epoch }];
  const first = scored.filter(({ index }) => index < recorded.folds);
  return first.map(({ index, ...one }) => ({
    ...one,
    places: all.filter((place) => recorded.parts?.[0]?.[place] === index),
  }));
}
