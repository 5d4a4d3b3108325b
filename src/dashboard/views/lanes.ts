// A lane for each slot: its device, its trial, how far it is, and its curve beside that of the best trial.
import { type WorkSum, imagesPerSecond, secondsSaved, waitingShare } from '../../study/reuse.js';
import { type Trial, isOfSearch } from '../../study/trial.js';
import { SOURCE_FACTS } from '../model/columns.js';
import { lanesOf } from '../model/lanes.js';
import { groupedLanes } from '../model/machine-groups.js';
import { slotName } from '../model/slot-name.js';
import type { StudyModel } from '../model/study-model.js';
import type { SlotStatus, StudyStatus } from '../source.js';
import { formatBytes, formatCount, formatPercent, formatRoughly } from '../../system/format.js';
import { type Line, fitLine, heading, span } from '../text/line.js';
import { parametersWithin } from '../text/parameters.js';
import { type Range, rangeOf } from '../text/sparkline.js';
import { oneLine } from '../../system/text-width.js';
import { machineHeight, machineLanes } from './machine-lanes.js';
import { type Curve, DEVICE, type Frame, INLINE_PARAMETERS, curveOf, differenceFrom, laneRow } from './lane-row.js';

/** At most `height` lines: a heading, the best trial's curve, then one or two lines for each slot. */
export function lanes(model: StudyModel, status: StudyStatus, width: number, height: number): Line[] {
  const slots = lanesOf(model, status);
  const reference = model.reference;
  const frame: Frame = { width, reference, model, status, ...scale(model, slots, reference) };
  const title = heading('slots', width, savings(model.work));
  const best = reference === undefined ? [] : [referenceLane(frame, reference)];
  const room = Math.max(0, height - 1 - best.length);
  const lines = (visible: readonly SlotStatus[], withParameters: boolean): Line[] =>
    visible.flatMap((slot) => lane(frame, slot, withParameters));
  const inline = width >= INLINE_PARAMETERS;
  const nothing = nothingRuns(model, status);
  const groups = groupedLanes(slots, status);
  if (groups !== undefined && nothing === undefined) {
    const rowOf = (slot: SlotStatus): Line => lane(frame, { ...slot, device: slotName(slot.slot) }, false)[0] ?? [];
    return [title, ...best, ...machineLanes(groups, { width, height: room }, rowOf)].slice(0, height);
  }
  if (nothing !== undefined) return [title, ...best, [span(`  ${nothing}`, 'muted')]].slice(0, height);
  if (!inline && slots.length * 2 <= room) return [title, ...best, ...lines(slots, true)];
  if (slots.length <= room) return [title, ...best, ...lines(slots, false)];
  const hidden = slots.length - Math.max(0, room - 1);
  return [
    title,
    ...best,
    ...lines(slots.slice(0, Math.max(0, room - 1)), false),
    [span(`  and ${hidden} more`, 'muted')],
  ];
}

/** Lanes stay while their slots change trials, so that nothing jumps; of a study that nobody runs there is no use for them. */
function nothingRuns(model: StudyModel, status: StudyStatus): string | undefined {
  if (lanesOf(model, status).length === 0) return 'nothing has started yet';
  return model.isOver || (status.live === false && model.running.size === 0) ? 'no trial is running' : undefined;
}

/** How many of at most so many lines `lanes` takes. */
export function lanesHeight(model: StudyModel, status: StudyStatus, width: number, most: number): number {
  const fixed = 1 + (model.reference === undefined ? 0 : 1);
  if (nothingRuns(model, status) !== undefined) return Math.min(most, fixed + 1);
  const lanes = lanesOf(model, status);
  const groups = groupedLanes(lanes, status);
  if (groups !== undefined) return Math.min(most, fixed + machineHeight(groups, Math.max(0, most - fixed)));
  const slots = lanes.length;
  const full = fixed + slots * (width >= INLINE_PARAMETERS ? 1 : 2);
  return full <= most ? full : Math.min(most, fixed + slots);
}

function savings(work: WorkSum): Line {
  const { needed, computed } = work;
  if (needed <= computed) return [];
  const seconds = secondsSaved(work) ?? 0;
  return [
    span('reuse saved ', 'muted'),
    span(formatCount(needed - computed), 'completed'),
    span(` of ${formatCount(needed)} image passes${seconds < 1 ? '' : `, ${formatRoughly(seconds)}`} `, 'muted'),
  ];
}

function scale(
  model: StudyModel,
  slots: readonly SlotStatus[],
  reference: Trial | undefined,
): { epochs: number; range: Range } {
  const trials = slots.flatMap(({ trial }) => model.history.trials[trial ?? -1] ?? []);
  const curves = [...trials, ...(reference === undefined ? [] : [reference])].map((trial) => curveOf(model, trial));
  const epochs = model.facts.epochs ?? Math.max(1, ...curves.map((curve) => curve.length));
  return { epochs, range: rangeAround(model, curves, reference) };
}

/** Of all curves; but one that collapsed far below the reference's worst does not press the others flat. */
function rangeAround(model: StudyModel, curves: readonly Curve[], reference: Trial | undefined): Range {
  const all = rangeOf(curves.flat()) ?? { low: 0, high: 1 };
  const own = reference === undefined ? undefined : rangeOf(curveOf(model, reference));
  if (own === undefined || own.low === own.high) return all;
  const span = own.high - own.low;
  return model.facts.objective.direction === 'maximize'
    ? { low: Math.max(all.low, own.low - span), high: all.high }
    : { low: all.low, high: Math.min(all.high, own.high + span) };
}

function referenceLane(frame: Frame, trial: Trial): Line {
  const word = trial.outcome === undefined ? 'leader' : 'best';
  return laneRow(frame, {
    device: word,
    trial,
    tone: 'best',
    progress: undefined,
    difference: undefined,
    speed: '',
    others: 0,
    waits: '',
    load: '',
    memory: '',
  });
}

function lane(frame: Frame, slot: SlotStatus, withParameters: boolean): Line[] {
  const device = slot.device ?? slotName(slot.slot);
  const trial = slot.trial === undefined ? undefined : frame.model.history.trials[slot.trial];
  if (trial === undefined) {
    const idle: Line = [span(`${oneLine(device).padEnd(DEVICE)} `), span('idle', 'muted')];
    return withParameters ? [idle, []] : [idle];
  }
  const first = laneRow(frame, {
    device,
    trial,
    tone: 'running',
    progress: trial.reports.length + (slot.epochProgress ?? 0),
    difference: differenceFrom(frame, trial),
    speed: speedOf(frame, slot, trial),
    others: slot.beside?.length ?? 0,
    waits: waitsOf(frame, slot, trial),
    load: slot.gpu?.load === undefined ? '' : `${Math.round(100 * slot.gpu.load)}%`,
    memory: memoryOf(slot),
  });
  if (!withParameters) return [first];
  // Of the search's trials it need not be said.
  const what = `${waitsOf(frame, slot, trial)}${company(slot)}${isOfSearch(trial) ? '' : `${SOURCE_FACTS[trial.source] ?? ''} · `}`;
  const parameters = parametersWithin(trial.parameters, frame.width - DEVICE - 1 - what.length);
  return [first, fitLine([span(' '.repeat(DEVICE + 1)), span(what), span(parameters, 'muted')], frame.width)];
}

/** From this share on a GPU that waits is worth a word: more cores, or fewer augmentations, would make it faster. */
const WORTH_TELLING = 0.2;

/** Of a GPU, in the latest epoch. */
function waitsOf({ model }: Frame, slot: SlotStatus, trial: Trial): string {
  if (slot.gpu === undefined && !/GPU/.test(slot.device ?? '')) return '';
  const trials = [trial, ...(slot.beside ?? []).flatMap((number) => model.history.trials[number] ?? [])];
  const share = waitingShare(trials.flatMap(({ reports }) => reports.slice(-1)));
  return share === undefined || share < WORTH_TELLING ? '' : `waits for data ${formatPercent(share)} · `;
}

function company({ beside = [] }: SlotStatus): string {
  return beside.length === 0 ? '' : `+${beside.length} batched · `;
}

/** On a GPU its memory is what runs out first. */
function memoryOf({ gpu, memoryBytes }: SlotStatus): string {
  const bytes = gpu?.memoryBytes ?? memoryBytes;
  return bytes === undefined ? '' : formatBytes(bytes);
}

/** What is measured now, or, where nobody measures, what the latest epoch came to. */
function speedOf({ model }: Frame, slot: SlotStatus, trial: Trial): string {
  // The head alone trains on cached features: no image goes through the network, and rows of features a second are no speed of images.
  if (trial.parameters['unfreezeDepth'] === 0 || trial.reports.length < model.facts.headEpochs) return '';
  const trials = [trial, ...(slot.beside ?? []).flatMap((number) => model.history.trials[number] ?? [])];
  // An epoch's seconds of batched trials are those of all of them together.
  const speeds = trials.flatMap(({ reports }) => reports.slice(-1)).flatMap((report) => imagesPerSecond(report) ?? []);
  const sum = speeds.length === 0 ? undefined : speeds.reduce((all, one) => all + one, 0);
  const speed = slot.imagesPerSecond ?? sum;
  return speed === undefined ? '' : `${formatCount(speed)} img/s`;
}
