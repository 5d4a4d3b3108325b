// The report of a study: one HTML file, the answer first, then everything that it rests on.
import { explained } from './explain.js';
import { judge } from './judgement.js';
import { answer, summary } from './page/answer.js';
import { renderDocument } from './page/document.js';
import { figure } from './page/figure.js';
import { type Html, escape, section } from './page/html.js';
import { baselineText, classTable, mistakeGallery } from './page/model-quality.js';
import { reproduce } from './page/reproduce.js';
import { trialData } from './page/trial-data.js';
import { allPlots } from './plots/all-plots.js';
import type { ReportInput } from './report-input.js';

/** Self-contained: it can be mailed, archived, opened without a network. Sections without data are left out. */
export function renderReport(given: ReportInput): Html {
  const input = explained(given);
  const judgement = judge(input);
  const plots = allPlots(input);
  const plot = (id: string): Html | undefined => figure(plots.find((one) => one.id === id));
  const slices = plots.filter(({ small }) => small === true).map(figure);
  const hasDependence = input.partialDependence !== undefined && input.partialDependence.length > 0;
  const sections: (readonly [string, string, ...(Html | undefined)[]])[] = [
    ['history', 'Optimisation history', plot('history')],
    ['importance', 'Parameter importance', plot('importance')],
    ['slices', hasDependence ? 'Slices and partial dependence' : 'Slices', gallery(slices)],
    ['parallel', 'Parallel coordinates', plot('parallel')],
    ['trials', 'Trials', input.history.trials.length === 0 ? undefined : TRIAL_TABLE],
    ['curves', 'Learning curves', plot('curves')],
    ['timeline', 'Timeline of slots', plot('timeline')],
    ['confusion', 'Confusion matrix', plot('confusion')],
    ['classes', 'Classes', classTable(judgement, input.classNames)],
    ['mistakes', 'Confidently wrong', mistakeGallery(input.mistakes)],
    ['transfer', 'Does transfer pay', baselineText(input, judgement), plot('baseline')],
    ['reproduce', 'Environment and how to reproduce', reproduce(input)],
  ];
  const present = sections.filter(([, , ...content]) => content.some((one) => one !== undefined && one !== ''));
  return renderDocument({
    title: input.name,
    subtitle: summary(input),
    contents: [['answer', 'Answer'], ...present.map(([id, title]) => [id, title] as const)],
    body: [answer(input, judgement), ...present.map((one) => section(...one))].join('\n'),
    plots,
    trials: trialData(input),
    footer: `Made by hpo, ${escape(new Date(input.madeAt).toISOString().slice(0, 16).replace('T', ' '))} UTC.`,
  });
}

function gallery(figures: readonly (Html | undefined)[]): Html | undefined {
  return figures.length === 0 ? undefined : `<div class="grid">${figures.join('')}</div>`;
}

/** Filled by the page's script, a page of rows at a time: thousands of rows at once would make every scroll slow. */
const TRIAL_TABLE = `<div class="tools"><input id="filter" type="search" placeholder="filter, e.g. pruned or strong" aria-label="Filter trials"><span id="shown"></span><button id="clear" type="button" hidden>clear brush</button></div>
<div class="scroll"><table id="table" class="numbers"></table></div>
<div class="tools"><button id="previous" type="button">‹ earlier rows</button><span id="page"></span><button id="next" type="button">later rows ›</button></div>`;
