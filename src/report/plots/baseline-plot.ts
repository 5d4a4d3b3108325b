// Transfer beside training from random weights: whether pre-training paid.
import { valueOf } from '../../study/objective.js';
import type { Trial } from '../../study/trial.js';
import type { WinnerEvaluation } from '../winner-evaluation.js';
import type { ReportInput } from '../report-input.js';
import { transferOf } from '../transfer.js';
import { COLOURS } from './palette.js';
import { GRID, type Plot, legendOf, named } from './plot.js';
import { rounded } from './range.js';

export function baselinePlot({ history }: ReportInput, evaluation: WinnerEvaluation | undefined): Plot | undefined {
  const transfer = evaluation === undefined ? undefined : transferOf(history, evaluation);
  if (evaluation === undefined || transfer === undefined) return undefined;
  const { objective } = history;
  const line = (name: string, { reports }: Trial, colour: string, type: 'solid' | 'dashed'): object => ({
    name,
    type: 'line',
    symbol: reports.length === 1 ? 'circle' : 'none',
    lineStyle: { color: colour, width: 2.5, type },
    itemStyle: { color: colour },
    data: reports.flatMap((report) => {
      const value = valueOf(objective, report);
      return value === undefined ? [] : [[report.epoch, rounded(value)]];
    }),
  });
  const { trial } = evaluation;
  const pretrained = `pre-trained: trial ${trial.number}`;
  const scratch = `from scratch: trial ${transfer.trial.number}`;
  const epochs = Math.max(trial.reports.length, transfer.trial.reports.length, 2);
  return {
    id: 'baseline',
    title: 'Transfer against training from scratch',
    caption: `${objective.metric} by epoch: trial ${trial.number}, and the same configuration from random weights with everything trained.`,
    height: 300,
    option: {
      grid: GRID,
      legend: legendOf([
        { name: pretrained, mark: 'line' },
        { name: scratch, mark: 'dashed' },
      ]),
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'value', ...named('epoch'), min: 1, max: epochs, minInterval: 1 },
      yAxis: { type: 'value', scale: true, ...named(objective.metric) },
      series: [line(pretrained, trial, COLOURS.best, 'solid'), line(scratch, transfer.trial, COLOURS.failed, 'dashed')],
    },
  };
}
