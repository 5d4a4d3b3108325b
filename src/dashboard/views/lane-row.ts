// The row of a lane: a trial's progress, its latest value, its curve and its numbers.
import type { Trial } from '../../study/trial.js';
import { valueOf } from '../../study/objective.js';
import type { StudyModel } from '../model/study-model.js';
import type { StudyStatus } from '../source.js';
import { formatDifference, formatMetric } from '../../system/format.js';
import { type Line, type Tone, fitLine, lineWidth, span } from '../text/line.js';
import { type Range, sparkline } from '../text/sparkline.js';
import { parametersWithin } from '../text/parameters.js';
import { type Cell, bar, row } from '../text/table.js';
import { oneLine } from '../../system/text-width.js';

export type Curve = readonly (number | undefined)[];

/** What all lanes of a screen have in common. */
export interface Frame {
  readonly width: number;
  readonly epochs: number;
  readonly range: Range;
  readonly reference: Trial | undefined;
  readonly model: StudyModel;
  readonly status: StudyStatus;
}

/** From this width on a lane has room for its parameters behind its numbers. */
export const INLINE_PARAMETERS = 150;

/** Cells for the name of a device. */
export const DEVICE = 7;

export interface LaneContent {
  readonly device: string;
  readonly trial: Trial;
  readonly tone: Tone;
  /** Epochs so far, the current one in part. */
  readonly progress: number | undefined;
  readonly difference: number | undefined;
  readonly speed: string;
  /** Trials that train beside it in the same slot. */
  readonly others: number;
  /** What a GPU waits for, if it is worth a word, with what separates it. */
  readonly waits: string;
  /** Of the GPU. */
  readonly load: string;
  readonly memory: string;
}

export function laneRow(
  frame: Frame,
  { device, trial, tone, progress, difference, others, waits, ...measured }: LaneContent,
): Line {
  const { width, epochs, range, model } = frame;
  const curve = curveOf(model, trial);
  const latest = tone === 'best' ? trial.best?.value : curve.findLast((value) => value !== undefined);
  const sparkWidth = Math.min(epochs, width < 72 ? 12 : width < 120 ? 16 : width < 160 ? 24 : 40);
  const padded = [...curve, ...new Array<undefined>(Math.max(0, epochs - curve.length))];
  const cells: Cell[] = [
    { text: oneLine(device), width: DEVICE },
    { text: `#${trial.number}`, width: 6, tone: 'strong' },
  ];
  const barWidth = width < 72 ? 0 : width < 100 ? 8 : 16;
  const progressBar: Line =
    barWidth === 0
      ? []
      : [
          span(' '),
          ...(progress === undefined ? [span(' '.repeat(barWidth))] : bar(progress / epochs, barWidth, tone)),
        ];
  const numbers: Cell[] = [
    { text: `${trial.reports.length}/${epochs}`, width: 2 * String(epochs).length + 1, align: 'right' },
    { text: latest === undefined ? '·' : formatMetric(latest), width: 7, align: 'right', tone: 'strong' },
    { text: sparkline(padded, range, sparkWidth), width: sparkWidth, tone },
    { text: difference === undefined ? '' : formatDifference(difference), width: 7, tone: toneOf(frame, difference) },
  ];
  const rest: Cell[] = [{ text: measured.speed, width: 10, align: 'right' }];
  if (width >= 100) rest.push({ text: measured.load, width: 4, align: 'right' });
  if (width >= 72) rest.push({ text: measured.memory, width: 7, align: 'right' });
  const line = [...row(cells), ...progressBar, span(' '), ...row(numbers), span(' '), ...row(rest)];
  if (width < INLINE_PARAMETERS) return fitLine(line, width);
  const company = `${waits}${others === 0 ? '' : `+${others} batched · `}`;
  const parameters = parametersWithin(trial.parameters, width - lineWidth(line) - 2 - company.length);
  return fitLine([...line, span('  '), span(company), span(parameters, 'muted')], width);
}

/** The latest value less the reference's at the same epoch; undefined where there is nothing to compare with. */
export function differenceFrom({ reference, model }: Frame, trial: Trial): number | undefined {
  if (reference === undefined || reference.number === trial.number) return undefined;
  const own = curveOf(model, trial).at(-1);
  const other = curveOf(model, reference)[trial.reports.length - 1];
  return own === undefined || other === undefined ? undefined : own - other;
}

function toneOf({ model }: Frame, difference: number | undefined): Tone {
  if (difference === undefined || difference === 0) return 'plain';
  const ahead = model.facts.objective.direction === 'maximize' ? difference > 0 : difference < 0;
  return ahead ? 'completed' : 'pruned';
}

export function curveOf({ facts }: StudyModel, { reports }: Trial): Curve {
  return reports.map((report) => valueOf(facts.objective, report));
}
