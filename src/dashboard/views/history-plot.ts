// The optimisation history as a plot in text: a dot for a trial's value, a line for the best so far.
import { quantile } from '../../math/quantile.js';
import type { StudyModel } from '../model/study-model.js';
import { Canvas } from '../text/canvas.js';
import { formatMetric } from '../../system/format.js';
import { type Line, fitLine, heading, span } from '../text/line.js';
import { type Range, rangeOf } from '../text/sparkline.js';
import { fit, oneLine } from '../../system/text-width.js';

const LABEL = 8;
/** From so many values on the worst tenth may be cut off. */
const MANY = 20;

export function historyPlot(model: StudyModel, width: number, height: number, tabs: Line = []): Line[] {
  const { metric } = model.facts.objective;
  const title = heading(`${oneLine(metric)} by trial`, width, tabs.length > 0 ? tabs : legend());
  const range = plottedRange(model);
  const rows = height - 2;
  if (range === undefined || rows < 2) return [title, [span('  no trial has ended yet', 'muted')]].slice(0, height);
  const canvas = new Canvas(Math.max(1, width - LABEL - 1), rows);
  const trials = Math.max(2, model.history.trials.length);
  draw(canvas, model, range, trials);
  const plot = canvas.lines().map((line, row): Line => {
    const label =
      row === 0
        ? edge(range.high, '≥', range.isCutAbove)
        : row === rows - 1
          ? edge(range.low, '≤', range.isCutBelow)
          : '';
    return fitLine([span(fit(label, LABEL, 'right'), 'muted'), span('│', 'muted'), ...line], width);
  });
  return [title, ...plot, axis(trials - 1, width)];
}

/** What lies beyond an edge that cuts off values is drawn on it. */
function edge(value: number, sign: string, isCut: boolean): string {
  return `${isCut ? sign : ''}${formatMetric(value)}`;
}

interface PlottedRange extends Range {
  readonly isCutBelow: boolean;
  readonly isCutAbove: boolean;
}

function legend(): Line {
  return [span('·', 'completed'), span(' trial '), span('─', 'best'), span(' best so far ')];
}

/** The best tenth to nine tenths, so that a few collapsed trials do not press the others into one row; those lie on the edge. */
function plottedRange(model: StudyModel): PlottedRange | undefined {
  const values = model.values.all().flat();
  const whole = rangeOf(values);
  if (whole === undefined) return undefined;
  const maximize = model.facts.objective.direction === 'maximize';
  const isMany = values.length >= MANY;
  const low = maximize && isMany ? Math.min(quantile(values, 0.1), whole.high) : whole.low;
  const high = !maximize && isMany ? Math.max(quantile(values, 0.9), whole.low) : whole.high;
  if (high > low) return { low, high, isCutBelow: low > whole.low, isCutAbove: high < whole.high };
  const margin = Math.abs(low) * 0.01 || 0.01;
  return { low: low - margin, high: high + margin, isCutBelow: false, isCutAbove: false };
}

function draw(canvas: Canvas, model: StudyModel, range: Range, trials: number): void {
  const x = (bucket: number): number => {
    const trial = Math.min(trials - 1, (bucket + 0.5) * model.values.trialsPerBucket - 0.5);
    return Math.round((trial / (trials - 1)) * (canvas.dotsWide - 1));
  };
  const y = (value: number): number => {
    const share = (value - range.low) / (range.high - range.low);
    return Math.round(Math.min(1, Math.max(0, share)) * (canvas.dotsHigh - 1));
  };
  model.values.all().forEach((bucket, i) => {
    for (const value of bucket) canvas.dot(x(i), y(value), 'completed');
  });
  let previous: { readonly x: number; readonly y: number } | undefined;
  model.values.bestSoFar().forEach((value, i) => {
    if (value === undefined) return;
    const point = { x: x(i), y: y(value) };
    const from = previous ?? point;
    canvas.stroke(from.x, from.y, point.x, from.y, 'best');
    canvas.stroke(point.x, from.y, point.x, point.y, 'best');
    previous = point;
  });
  if (previous !== undefined) canvas.stroke(previous.x, previous.y, canvas.dotsWide - 1, previous.y, 'best');
}

function axis(last: number, width: number): Line {
  const right = `trial ${last}`;
  return fitLine(
    [span(`${' '.repeat(LABEL)}└0${' '.repeat(Math.max(1, width - LABEL - 2 - right.length))}${right}`, 'muted')],
    width,
  );
}
