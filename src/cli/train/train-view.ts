// What `hpo train` shows: epochs as they end, then how good the model is.
import { splitWords } from '../../images/indexing/image-index.js';
import { metricOfSplit, targetMetric } from '../../metrics/metric-names.js';
import { valueOf } from '../../study/objective.js';
import { classesText } from '../../study/events.js';
import type { Report } from '../../study/trial.js';
import { counted, formatMetric } from '../../system/format.js';
import { shortPath } from '../../system/short-path.js';
import type { Outlet, Terminal } from '../terminal.js';
import { resultTables } from '../views/class-table.js';
import { intervalText } from '../../app/winner.js';
import { sliceTable } from '../views/slices.js';
import { mistakeLines } from '../views/mistakes.js';
import type { SplitResult } from '../../app/model/evaluate-split.js';
import type { TrainResult, Training } from '../../app/train-model.js';

export interface TrainView {
  onStart(training: Training): void;
  onReport(report: Report, isBest: boolean): void;
  onResult(result: TrainResult): void;
}

/** Every epoch and, last, the result as a line of JSON. */
export function jsonTrainView(out: Outlet): TrainView {
  return {
    onStart: () => {},
    onReport: (report) => out.data(JSON.stringify({ type: 'reported', report })),
    onResult: ({ best, test, targetTest, expectation, folder }) => {
      const tests = { test: test ?? null, ...(targetTest === undefined ? {} : { targetTest }) };
      const result = { bestEpoch: best.epoch, validation: best.metrics, ...tests };
      out.data(JSON.stringify({ type: 'ended', ...result, expectation: expectation ?? null, folder }));
    },
  };
}

export function textTrainView({ out, err }: Terminal): TrainView {
  let training: Training;
  return {
    onStart(started) {
      training = started;
      const { configuration, settings } = started;
      const { index, engine } = settings;
      const images = `${counted(index.splits.train.length, 'training image')} ${classesText(index)}`;
      err.line(`${configuration.name}: ${configuration.backbone.name}, ${images}, engine ${engine}`);
    },
    onReport(report, isBest) {
      const { objective } = training.settings;
      const { epochs } = training.configuration.training;
      const value = valueOf(objective, report) ?? NaN;
      const { trainLoss: loss, penalty } = report.metrics;
      const parts = [
        `epoch ${report.epoch}/${epochs}: ${objective.metric} ${formatMetric(value)}`,
        ...(loss === undefined ? [] : [`training loss ${formatMetric(loss)}`]),
        ...(penalty === undefined ? [] : [`penalty ${formatMetric(penalty)}`]),
      ];
      err.line(`${parts.join(', ')}${isBest ? err.style.green(' best') : ''}`);
    },
    onResult({ best, test, targetTest, expectation, folder }) {
      const { objective, index } = training.settings;
      const metric = metricOfSplit(objective.metric);
      const onTarget = best.metrics[targetMetric(metric)];
      out.line(`validation  ${metric} ${formatMetric(best.metrics[metric] ?? NaN)} at epoch ${best.epoch}`);
      if (onTarget !== undefined) out.line(`target      ${metric} ${formatMetric(onTarget)} at epoch ${best.epoch}`);
      if (test === undefined) out.line('test        no test images');
      for (const one of [test, targetTest]) {
        if (one !== undefined) for (const line of testLines(one, metric, index.classes)) out.line(line);
      }
      if (expectation?.remark !== undefined) {
        out.line(`${out.style.yellow('remark:')} ${expectation.remark}.`);
        out.line();
      }
      out.line(`model       ${shortPath(folder)}`);
    },
  };
}

function testLines(test: SplitResult, metric: string, classes: readonly string[]): string[] {
  const { images, metrics, thresholds, slices = [] } = test;
  const interval = intervalText(test.interval);
  const spread = interval === undefined ? '' : ` (${interval})`;
  const mistakes = mistakeLines(test);
  return [
    `${splitWords(test.split).padEnd(11)} ${metric} ${formatMetric(metrics[metric] ?? NaN)}${spread}, ${counted(images, 'image')}`,
    '',
    ...resultTables(test, classes, thresholds),
    '',
    ...(slices.length === 0 ? [] : [...sliceTable(slices), '']),
    ...(mistakes.length === 0 ? [] : [...mistakes, '']),
  ];
}
