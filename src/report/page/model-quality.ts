// What the best model gets right and wrong, class by class and picture by picture.
import { classScores } from '../../trainer/metrics/scores.js';
import type { Judgement } from '../judgement.js';
import type { Baseline, PicturedMistake, ReportInput } from '../report-input.js';
import { metric, percent } from '../words.js';
import { type Html, escape, table } from './html.js';

/** Precision, recall and F1 of each class, the weakest first. */
export function classTable(
  judgement: Judgement | undefined,
  classNames: readonly string[] | undefined,
): Html | undefined {
  const confusion = judgement?.report.detail?.confusion;
  if (confusion === undefined || confusion.length === 0) return undefined;
  const rows = classScores(confusion)
    .map((scores, i) => ({ ...scores, name: classNames?.[i] ?? `class ${i}` }))
    .sort((a, b) => a.f1 - b.f1)
    .map(({ name, f1, precision, recall, support }) => [
      escape(name),
      shaded(f1),
      shaded(precision),
      shaded(recall),
      String(support),
    ]);
  return table(['class', 'F1', 'precision', 'recall', 'images'], rows, 'numbers');
}

function shaded(share: number): Html {
  return `<span class="bar" style="--share:${(100 * share).toFixed(1)}%">${metric(share)}</span>`;
}

/** Pictures that are not data: URIs would be fetched, so they are left out. */
export function mistakeGallery(mistakes: readonly PicturedMistake[] | undefined): Html | undefined {
  const shown = mistakes?.filter(({ picture }) => /^data:image\/[a-z+.-]+[;,]/i.test(picture)) ?? [];
  if (shown.length === 0) return undefined;
  const cards = shown.map(
    ({ picture, file, actual, predicted, confidence }) => `<figure class="mistake">
<img src="${escape(picture)}" alt="${escape(file)}" loading="lazy">
<figcaption><b>${escape(actual)}</b> taken for <b>${escape(predicted)}</b>, ${percent(confidence)} sure<br><small>${escape(file)}</small></figcaption>
</figure>`,
  );
  return `<p>Validation images that the best model got wrong with the most confidence: look here for wrong labels first.</p><div class="gallery">${cards.join('')}</div>`;
}

export function baselineText({ baseline, history }: ReportInput, judgement: Judgement | undefined): Html | undefined {
  if (baseline === undefined || judgement === undefined) return undefined;
  return `<p>${escape(compare(baseline, judgement.value, history.objective.direction))}</p>`;
}

function compare({ description, value }: Baseline, best: number, direction: 'maximize' | 'minimize'): string {
  const gain = direction === 'maximize' ? best - value : value - best;
  const verdict =
    gain > 0
      ? `Transfer gains ${metric(gain)}.`
      : `Transfer loses ${metric(-gain)}: the pre-trained features do not fit these images.`;
  return `${verdict} ${description}: ${metric(value)}; the best trial: ${metric(best)}.`;
}
