// The lanes of a study on several machines, grouped: what each machine trains now, how busy it is, and its share of the work so far.
import type { SlotStatus, StudyStatus } from '../source.js';

export interface MachineGroup {
  readonly name: string;
  /** Slots that train something there. */
  readonly lanes: readonly SlotStatus[];
  /** Of these slots, in [0, 1]; undefined where nobody measures. */
  readonly load: number | undefined;
  readonly imagesPerSecond: number | undefined;
  /** Of the time of all slots of all machines so far, in [0, 1]. */
  readonly share: number;
  /** Trials that a slot has had there and has no more. */
  readonly trials: number;
}

export interface GroupedLanes {
  /** In order of their names, so that nothing jumps. */
  readonly machines: readonly MachineGroup[];
  /** Slots without a trial. */
  readonly idle: number;
  /** Slots whose trials no machine has taken yet. */
  readonly waiting: number;
}

/** Undefined where all slots are on this machine. */
export function groupedLanes(lanes: readonly SlotStatus[], { machines }: StudyStatus): GroupedLanes | undefined {
  if (machines === undefined || machines.length === 0) return undefined;
  const total = machines.reduce((sum, { seconds }) => sum + seconds, 0);
  const training = lanes.filter(({ trial }) => trial !== undefined);
  const groups = machines.map(({ name, seconds, trials }): MachineGroup => {
    const own = training.filter(({ machine }) => machine === name);
    return {
      ...{ name, lanes: own, trials, share: total === 0 ? 0 : seconds / total },
      load: mean(own.flatMap(({ busyShare }) => busyShare ?? [])),
      imagesPerSecond: sum(own.flatMap(({ imagesPerSecond }) => imagesPerSecond ?? [])),
    };
  });
  const waiting = training.filter(({ machine }) => machine === undefined).length;
  const machinesInOrder = groups.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { machines: machinesInOrder, waiting, idle: lanes.length - training.length };
}

function sum(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((all, one) => all + one, 0);
}

function mean(values: readonly number[]): number | undefined {
  const all = sum(values);
  return all === undefined ? undefined : all / values.length;
}
