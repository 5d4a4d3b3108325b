// What goes on in a study at the moment: how it stands, what runs where, what was decided last, and what can be asked of it.
import type { RemoteStatus } from '../dashboard/remote/messages.js';
import type { SlotStatus } from '../dashboard/source.js';
import { SOURCE_FACTS } from '../dashboard/model/columns.js';
import { lanesOf } from '../dashboard/model/lanes.js';
import { slotName } from '../dashboard/model/slot-name.js';
import type { StudyModel } from '../dashboard/model/study-model.js';
import { endedOf } from '../dashboard/model/tally.js';
import { describeTimeLeft } from '../dashboard/views/header.js';
import { valueOf } from '../study/objective.js';
import { imagesPerSecond, waitingShare } from '../study/reuse.js';
import type { Trial } from '../study/trial.js';
import { counted, formatBytes, formatCount, formatMetric } from '../system/format.js';

export type Situation =
  | 'reading'
  | 'not begun'
  | 'running'
  | 'paused'
  | 'finishing'
  | 'stopping'
  | 'done'
  | 'not running'
  | 'gone'
  | 'damaged';

export interface NowState {
  readonly situation: Situation;
  /** Trials of the search that have ended, and all that there will be; missing where that is not known. */
  readonly progress?: readonly [number, number];
  /** Short texts beside each other. */
  readonly facts: readonly string[];
  /** What is wrong. */
  readonly problem?: string;
  /** What can be asked of the study; missing where nobody runs it, or who does is not to be reached. */
  readonly controls?: { readonly paused: boolean; readonly mayPause: boolean; readonly mayFinish: boolean };
  /** Why nothing can be asked of a study that runs. */
  readonly why?: string;
  readonly lanes: readonly Lane[];
  /** Machines, or devices, that have several lanes. */
  readonly machines: readonly Machine[];
  /** The latest first: milliseconds since 1970, and what it says. */
  readonly log: readonly (readonly [number, string])[];
}

export interface Lane {
  readonly slot: number;
  /** Such as 'GPU 0', or the name of a machine. */
  readonly device: string;
  /** Missing while it is idle. */
  readonly trial?: number;
  /** What the trial is, if not one of the search's, and how many train beside it. */
  readonly what?: string;
  /** '3/12', and how much of it that is, in [0, 1]. */
  readonly epochs?: string;
  readonly share?: number;
  /** The latest value. */
  readonly value?: string;
  readonly speed?: string;
  readonly memory?: string;
  readonly load?: string;
}

export interface Machine {
  readonly name: string;
  readonly lanes: number;
  readonly busy: number;
}

/** What is known of a study beside its journal. */
export interface Surveyed {
  readonly model: StudyModel;
  /** Whether a process has the study's lock. */
  readonly isLive: boolean;
  readonly remote: RemoteStatus | undefined;
  readonly isGone: boolean;
  readonly problem: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const LOG = 8;
/** More lanes than this are counted by machine alone. */
const MOST_LANES = 256;

export function nowState(study: Surveyed): NowState {
  const { model, remote, problem, isLive, isGone } = study;
  const lanes = isLive && !isGone ? lanesOf(model, remote === undefined ? {} : { slots: remote.slots }) : [];
  const { total } = model.facts;
  const isReached = isLive && remote !== undefined;
  return {
    situation: situationOf(study),
    ...(total === undefined ? {} : { progress: [endedOf(model.tally.search), model.total] as const }),
    facts: factsOf(study, lanes),
    ...(problem === undefined ? {} : { problem }),
    ...(isReached ? { controls: controlsOf(remote) } : isLive && !isGone ? { why: OUT_OF_REACH } : {}),
    lanes: lanes.slice(0, MOST_LANES).map((lane) => laneOf(model, lane)),
    machines: machinesOf(lanes),
    log: model.decisions.latest(LOG).map(({ at, text }) => [at, text] as const),
  };
}

/** Of a study of which nothing was read yet. */
export function emptyNow(situation: Situation, problem?: string): NowState {
  return { situation, facts: [], ...(problem === undefined ? {} : { problem }), lanes: [], machines: [], log: [] };
}

const OUT_OF_REACH =
  'What runs it cannot be asked to pause or finish from here: it is on another machine, belongs to another user, or is a program with its own loop.';

function situationOf({ model, isLive, remote, isGone, problem }: Surveyed): Situation {
  if (isGone) return 'gone';
  if (problem !== undefined) return 'damaged';
  if (!isLive) return model.isOver ? 'done' : 'not running';
  if (remote === undefined) return 'running';
  if (remote.paused) return 'paused';
  return remote.phase === 'aborting' ? 'stopping' : remote.phase;
}

function controlsOf({ paused, phase }: RemoteStatus): NonNullable<NowState['controls']> {
  return { paused, mayPause: phase === 'running', mayFinish: phase === 'running' };
}

function factsOf(study: Surveyed, lanes: readonly SlotStatus[]): string[] {
  const { model, remote, isLive, isGone, now } = study;
  const { tally, facts, reference } = model;
  const { running, failed } = { running: model.running.size, failed: tally.search.failed };
  const isHeld = remote?.paused === true || !isLive || isGone || model.isOver;
  const unstarted = remote === undefined || remote.phase === 'running' ? model.toCome : 0;
  const time =
    isHeld || facts.total === undefined
      ? undefined
      : describeTimeLeft(model.timeLeft(Math.max(1, lanes.length), now, unstarted));
  return [
    ...(running > 0 ? [`${counted(running, 'trial')} ${isLive ? 'running' : 'cut off'}`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(reference?.best === undefined
      ? []
      : [`best ${facts.objective.metric} ${formatMetric(reference.best.value)} (trial ${reference.number})`]),
    ...(remote?.engine === undefined ? [] : [`engine ${remote.engine}`]),
    ...(time === undefined ? [] : [time]),
  ];
}

function laneOf(model: StudyModel, lane: SlotStatus): Lane {
  const device = lane.device ?? slotName(lane.slot);
  const trial = lane.trial === undefined ? undefined : model.history.trials[lane.trial];
  if (trial === undefined) return { slot: lane.slot, device };
  const { epochs } = model.facts;
  const done = trial.reports.length;
  const value = trial.reports.flatMap((report) => valueOf(model.facts.objective, report) ?? []).at(-1);
  const what = [SOURCE_FACTS[trial.source], beside(lane)].filter((text) => text !== undefined).join(', ');
  const speed = lane.imagesPerSecond ?? latestSpeed(trial);
  const memory = lane.gpu?.memoryBytes ?? lane.memoryBytes;
  return {
    slot: lane.slot,
    device,
    trial: trial.number,
    ...(what === '' ? {} : { what }),
    epochs: epochs === undefined ? String(done) : `${done}/${epochs}`,
    ...(epochs === undefined ? {} : { share: rounded(Math.min(1, (done + (lane.epochProgress ?? 0)) / epochs)) }),
    ...(value === undefined ? {} : { value: formatMetric(value) }),
    ...(speed === undefined ? {} : { speed: `${formatCount(speed)} img/s` }),
    ...(memory === undefined ? {} : { memory: formatBytes(memory) }),
    ...(lane.gpu?.load === undefined ? {} : { load: `${Math.round(100 * lane.gpu.load)} %${waits(lane, trial)}` }),
  };
}

function beside({ beside: others = [] }: SlotStatus): string | undefined {
  return others.length === 0 ? undefined : `${others.length} more in one batch`;
}

/** What the GPU waits for images and features, in the latest epoch of a trial that trains alone. */
function waits({ beside: others = [] }: SlotStatus, { reports }: Trial): string {
  const share = others.length > 0 ? undefined : waitingShare(reports.slice(-1));
  return share === undefined ? '' : `, waits for data ${Math.round(100 * share)} %`;
}

function latestSpeed({ reports }: Trial): number | undefined {
  const latest = reports.at(-1);
  return latest === undefined ? undefined : imagesPerSecond(latest);
}

function rounded(share: number): number {
  return Math.round(share * 200) / 200;
}

function machinesOf(lanes: readonly SlotStatus[]): Machine[] {
  const machines = new Map<string, Machine>();
  for (const lane of lanes) {
    if (lane.device === undefined) continue;
    const { lanes: count, busy } = machines.get(lane.device) ?? { lanes: 0, busy: 0 };
    const isBusy = lane.trial !== undefined;
    machines.set(lane.device, { name: lane.device, lanes: count + 1, busy: busy + Number(isBusy) });
  }
  const all = [...machines.values()];
  return all.some(({ lanes: count }) => count > 1) ? all : [];
}
