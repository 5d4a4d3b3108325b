// Every plot of a report, in the order of the page.
import { evaluateWinner } from '../winner-evaluation.js';
import type { ReportInput } from '../report-input.js';
import { baselinePlot } from './baseline-plot.js';
import { labelPlot } from './label-plot.js';
import { confusionPlot } from './confusion-plot.js';
import { curvePlot } from './curve-plot.js';
import { historyPlot } from './history-plot.js';
import { importancePlot } from './importance-plot.js';
import { parallelPlot } from './parallel-plot.js';
import type { Plot } from './plot.js';
import { slicePlots } from './slice-plots.js';
import { timelinePlot } from './timeline-plot.js';

/** Those that the input has data for. */
export function allPlots(input: ReportInput): Plot[] {
  const evaluation = evaluateWinner(input);
  const plots = [
    historyPlot(input),
    importancePlot(input),
    ...slicePlots(input),
    parallelPlot(input),
    curvePlot(input),
    timelinePlot(input),
    confusionPlot(evaluation, input.images?.classes) ?? labelPlot(evaluation, input.images?.classes),
    baselinePlot(input, evaluation),
  ];
  return plots.filter((plot): plot is Plot => plot !== undefined);
}
