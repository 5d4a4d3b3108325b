// The report of a study: one HTML file, the answer first, then everything that it rests on.
import { explained } from './explain.js';
import { evaluateWinner, imagesOfObjective } from './winner-evaluation.js';
import { answer } from './page/answer.js';
import { type Document, renderDocument } from './page/document.js';
import { figure } from './page/figure.js';
import { type Html, escape, scrollable, section } from './page/html.js';
import { classTable, mistakeGallery, transferText } from './page/model-quality.js';
import { imageSlices } from './page/image-slices.js';
import { reproduce } from './page/reproduce.js';
import { summary } from './page/summary.js';
import { trialData } from './page/trial-data.js';
import { allPlots } from './plots/all-plots.js';
import { pointsNote, rangeOfTrials } from './plots/trial-points.js';
import type { ReportInput } from './report-input.js';
import { searchTrials } from './search-trials.js';

/** Self-contained: it can be mailed, archived, opened without a network. Sections without data are left out. */
export function renderReport(given: ReportInput): Html {
  return renderDocument(reportDocument(explained(given)));
}

/** What a report consists of. @param input with what a fitted model says, where the report is to show it. */
export function reportDocument(input: ReportInput): Document {
  const evaluation = evaluateWinner(input);
  const plots = allPlots(input);
  const plot = (id: string): Html | undefined => figure(plots.find((one) => one.id === id));
  const slices = plots.filter(({ small }) => small === true).map(figure);
  const hasDependence = input.partialDependence !== undefined && input.partialDependence.length > 0;
  const sections: (readonly [string, string, ...(Html | undefined)[]])[] = [
    ['history', 'Optimisation history', plot('history')],
    ['importance', 'Parameter importance', plot('importance'), noEffect(input), withoutPrior(input)],
    [
      'slices',
      hasDependence ? 'Slices and partial dependence' : 'Slices',
      gallery(slices),
      slices.length === 0 ? undefined : sliceCaption(hasDependence, edgeOfSlices(input)),
    ],
    ['parallel', 'Parallel coordinates', plot('parallel')],
    ['trials', 'Trials', input.history.trials.length === 0 ? undefined : TRIAL_TABLE],
    ['curves', 'Learning curves', plot('curves')],
    ['timeline', 'Timeline of slots', plot('timeline')],
    ['confusion', 'Confusion matrix', plot('confusion')],
    ['classes', 'Classes', classTable(evaluation, input.images?.classes)],
    ['groups', 'Slices of the images', imageSlices(input)],
    ['mistakes', 'Confidently wrong', mistakeGallery(input.mistakes, imagesOfObjective(input))],
    ['transfer', 'Does transfer help', transferText(input, evaluation), plot('baseline')],
    ['reproduce', 'Environment and how to reproduce', reproduce(input)],
  ];
  const present = sections.filter(([, , ...content]) => content.some((one) => one !== undefined && one !== ''));
  return {
    title: input.name,
    subtitle: summary(input),
    contents: [['answer', 'Answer'], ...present.map(([id]) => [id, SHORT[id] ?? id] as const)],
    sections: [
      ['answer', answer(input, evaluation)] as const,
      ...present.map((one) => [one[0], section(...one)] as const),
    ],
    plots,
    trials: trialData(input, evaluation?.trial.number),
    footer: `Made by hpo, ${escape(new Date(input.madeAt).toISOString().slice(0, 16).replace('T', ' '))} UTC.`,
  };
}

/** Only beside what was fitted. */
function withoutPrior({ importance, withoutEffect, expectMissing }: ReportInput): Html | undefined {
  if (expectMissing === undefined || (importance === undefined && withoutEffect === undefined)) return undefined;
  return `<p class="caption">Without the learned prior (search.prior), which needs the backbone: ${escape(expectMissing)}.</p>`;
}

/** What the sections are called where there is little room. */
const SHORT: Readonly<Record<string, string>> = {
  history: 'History',
  importance: 'Importance',
  slices: 'Slices',
  parallel: 'Parallel',
  trials: 'Trials',
  curves: 'Curves',
  timeline: 'Timeline',
  confusion: 'Confusion',
  classes: 'Classes',
  groups: 'Images',
  mistakes: 'Mistakes',
  transfer: 'Transfer',
  reproduce: 'Reproduce',
};

function noEffect({ withoutEffect }: ReportInput): Html | undefined {
  if (withoutEffect === undefined) return undefined;
  return `<p>No parameter has an effect that stands out from the noise between these ${withoutEffect} trials. More trials, or a wider space, may show one.</p>`;
}

function sliceCaption(hasDependence: boolean, note: string): Html {
  const line = hasDependence ? ' The line is what the model expects on average, with its uncertainty.' : '';
  return `<p class="caption">Each trial’s value over one parameter at a time; triangles are pruned trials, circles without filling have not ended.${line}${escape(note)}</p>`;
}

/** What lies at the edges of the slices, which is the same in each. */
function edgeOfSlices({ history }: ReportInput): string {
  const trials = searchTrials(history);
  return pointsNote(trials, rangeOfTrials(trials, history.objective.direction === 'maximize'));
}

function gallery(figures: readonly (Html | undefined)[]): Html | undefined {
  return figures.length === 0 ? undefined : `<div class="grid">${figures.join('')}</div>`;
}

/** Filled by the page's script, a page of rows at a time: thousands of rows at once would make every scroll slow. */
const TRIAL_TABLE = `<div class="tools"><input id="filter" type="search" placeholder="filter, e.g. pruned dropout<0.3" aria-label="Filter trials by words and comparisons" aria-describedby="filter-help"><span id="shown" role="status"></span><button id="clear" type="button" hidden>clear brush</button></div>
<p id="filter-help" class="caption">Words, and comparisons with &lt; &lt;= &gt; &gt;= = and !=, such as <code>time&gt;1m</code> or <code>"my name"=x</code>. A row or its number opens the trial.</p>
${scrollable('Table of trials')}<table id="table" class="numbers"></table></div>
<div class="tools"><button id="previous" type="button">‹ earlier rows</button><span id="page"></span><button id="next" type="button">later rows ›</button></div>`;
