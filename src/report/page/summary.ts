// What the study was and did, in two lines below its name.
import { type ImagesRecord, classesText, imagesIn } from '../../study/events.js';
import type { History } from '../../study/history.js';
import { secondsSaved, workOfStudy } from '../../study/reuse.js';
import { trainingTime } from '../../study/training-time.js';
import type { Trial } from '../../study/trial.js';
import type { ReportInput } from '../report-input.js';
import { countStates, searchTrials } from '../search-trials.js';
import { counted, formatDuration, formatCount } from '../../system/format.js';
import { type Html, escape } from './html.js';

export function summary(input: ReportInput): Html {
  return [search(input), circumstances(input)]
    .filter((line) => line.length > 0)
    .map((line) => escape(line.join(' · ')))
    .join('<br>');
}

function search({ history, definition }: ReportInput): string[] {
  const trials = searchTrials(history);
  const { completed, pruned, failed, running, paused, asked } = countStates(trials);
  const open = running + paused + asked;
  const repeats = history.trials.filter(({ source }) => source === 'confirmation').length;
  const baselines = history.trials.filter(({ source }) => source === 'baseline').length;
  return [
    `${counted(trials.length, 'trial')} by ${definition.search.strategy} search`,
    `${completed} completed`,
    `${pruned} pruned`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(open > 0 ? [`${open} not finished`] : []),
    ...(repeats > 0 ? [counted(repeats, 'repeat')] : []),
    ...(baselines > 0 ? [`${baselines === 1 ? 'one run' : `${baselines} runs`} from random weights`] : []),
  ];
}

function circumstances({ history, definition, images }: ReportInput): string[] {
  const seconds = trainingTime(history.trials);
  return [
    ...(definition.backbone?.name === undefined ? [] : [definition.backbone.name]),
    ...(images === undefined
      ? []
      : [
          `${imagesIn(images, 'train')} training and ${imagesIn(images, 'validation')} validation images ${classesText(images)}`,
          ...targetOf(images),
        ]),
    ...spanOf(history.trials),
    ...(seconds > 0 ? [`${formatDuration(seconds)} of training`] : []),
    ...reuseOf(history),
  ];
}

/** "40 unlabelled and 20 labelled images of another domain"; `hpo train` alone reads those of the test. */
function targetOf({ target }: ImagesRecord): string[] {
  return target === undefined
    ? []
    : [`${target.unlabelled} unlabelled and ${target.validation} labelled images of another domain`];
}

/** From when to when, in universal time. */
function spanOf(trials: readonly Trial[]): string[] {
  const began = trials[0]?.askedAt;
  const last = trials.reduce((latest, { askedAt, startedAt = askedAt, endedAt = startedAt }) => {
    return Math.max(latest, endedAt);
  }, 0);
  if (began === undefined) return [];
  const text = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const [from, to] = [text(began), text(last)];
  return [`${from} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to} UTC`];
}

function reuseOf(history: History): string[] {
  const work = workOfStudy(history);
  const { needed, computed } = work;
  if (needed <= computed) return [];
  const seconds = secondsSaved(work) ?? 0;
  const time = seconds < 1 ? '' : `, ${formatDuration(seconds)} of computing`;
  return [
    `reuse saved ${formatCount(needed - computed)} of ${formatCount(needed)} passes of an image through the frozen network${time}`,
  ];
}
