// What the best model gets right and wrong, class by class and picture by picture.
import { labelScores } from '../../metrics/labels/label-confusion.js';
import { classScores } from '../../metrics/scores.js';
import type { WinnerEvaluation } from '../winner-evaluation.js';
import type { PicturedMistake, ReportInput } from '../report-input.js';
import { transferOf } from '../transfer.js';
import { formatMetric, formatPercent } from '../../system/format.js';
import { type Html, escape, table } from './html.js';

/** Precision, recall and F1 of each class or label, the weakest first. */
export function classTable(
  evaluation: WinnerEvaluation | undefined,
  classNames: readonly string[] | undefined,
): Html | undefined {
  const { confusion, labels } = evaluation?.report.detail ?? {};
  const scored = labels === undefined ? classScores(confusion ?? []) : labelScores(labels);
  if (scored.length === 0) return undefined;
  const noun = labels === undefined ? 'class' : 'label';
  const rows = scored
    .map((scores, i) => ({ ...scores, name: classNames?.[i] ?? `${noun} ${i}` }))
    .sort((a, b) => a.f1 - b.f1)
    .map(({ name, f1, precision, recall, support }) => [
      escape(name),
      shaded(f1),
      shaded(precision),
      shaded(recall),
      String(support),
    ]);
  return table(`Scores by ${noun}`, [noun, 'F1', 'precision', 'recall', 'images'], rows, 'numbers');
}

function shaded(share: number): Html {
  return `<span class="bar" style="--share:${(100 * share).toFixed(1)}%">${formatMetric(share)}</span>`;
}

/** Pictures that are not data: URIs would be fetched, so they are left out. */
/** @param kind of images, such as 'target validation'. */
export function mistakeGallery(
  mistakes: readonly PicturedMistake[] | undefined,
  kind = 'validation',
): Html | undefined {
  if (mistakes === undefined || mistakes.length === 0) return undefined;
  const hasMaps = mistakes.some(({ looked }) => looked !== undefined);
  const cards = mistakes.map(
    ({ picture, looked, file, actual, predicted, confidence }) => `<figure class="mistake">
${image(picture, `${actual} taken for ${predicted}: ${file}`)}
${looked === undefined ? '' : image(looked, `where the network looked for ${predicted}`)}
<figcaption><b>${escape(actual)}</b> taken for <b>${escape(predicted)}</b> with ${formatPercent(confidence)} confidence<br><small>${escape(file)}</small></figcaption>
</figure>`,
  );
  return `<p>Of the ${escape(kind)} images, those that the best model classified wrongly with the most confidence. Look here first for wrong labels.${hasMaps ? ' Below each: what the network saw, red where it looked most for the class that it gave (class activation map).' : ''}</p><div class="gallery">${cards.join('')}</div>`;
}

function image(picture: string | undefined, alternative: string): Html {
  if (picture === undefined || !/^data:image\/[a-z+.-]+[;,]/i.test(picture))
    return '<p class="gone">image not found</p>';
  return `<img src="${escape(picture)}" alt="${escape(alternative)}" decoding="async">`;
}

export function transferText({ history }: ReportInput, evaluation: WinnerEvaluation | undefined): Html | undefined {
  const transfer = evaluation === undefined ? undefined : transferOf(history, evaluation);
  if (evaluation === undefined || transfer === undefined) return undefined;
  const { gain, pays, value, trial } = transfer;
  const verdict = pays
    ? `Transfer gains ${formatMetric(gain)}.`
    : gain > 0
      ? `Transfer gains ${formatMetric(gain)}, which is within chance.`
      : `Transfer loses ${formatMetric(-gain)}: the pre-trained features do not fit these images.`;
  const end = trial.state === 'pruned' ? ' (stopped early)' : '';
  return `<p>${escape(`${verdict} Pre-trained: ${formatMetric(evaluation.value)}; the same configuration from random weights, with everything trained: ${formatMetric(value)}${end}.`)}</p>`;
}
