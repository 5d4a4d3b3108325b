// Lanes under their machines; where they do not fit, a line for each machine.
import { counted, formatCount } from '../../system/format.js';
import { oneLine } from '../../system/text-width.js';
import type { GroupedLanes, MachineGroup } from '../model/machine-groups.js';
import type { SlotStatus } from '../source.js';
import { type Line, fitLine, span } from '../text/line.js';
import { row } from '../text/table.js';

/** Cells for the name of a machine. */
const NAME = 20;

/** How many lines `machineLanes` takes of at most so many. */
export function machineHeight(groups: GroupedLanes, most: number): number {
  const all = allLines(groups);
  if (all <= most) return all;
  return Math.min(most, groups.machines.length + idleLines(groups));
}

/** @param lane the line of a slot. */
export function machineLanes(
  groups: GroupedLanes,
  { width, height }: { readonly width: number; readonly height: number },
  lane: (slot: SlotStatus) => Line,
): Line[] {
  const { machines } = groups;
  const rest = restOf(groups);
  const idleLine: Line[] = rest.length === 0 ? [] : [[span(`  ${rest.join(', ')}`, 'muted')]];
  if (allLines(groups) <= height) {
    return [...machines.flatMap((group) => [machineLine(group, width), ...group.lanes.map(lane)]), ...idleLine];
  }
  const lines = machines.map((group) => machineLine(group, width));
  if (lines.length + idleLine.length <= height) return [...lines, ...idleLine];
  const room = Math.max(0, height - 1);
  const hidden = machines.slice(room);
  const training = hidden.reduce((sum, { lanes }) => sum + lanes.length, 0);
  const more = [`and ${counted(hidden.length, 'machine')} more, ${training} training`, ...rest].join(', ');
  return [...lines.slice(0, room), fitLine([span(`  ${more}`, 'muted')], width)].slice(0, height);
}

function allLines(groups: GroupedLanes): number {
  return groups.machines.reduce((lines, { lanes }) => lines + 1 + lanes.length, 0) + idleLines(groups);
}

function idleLines(groups: GroupedLanes): number {
  return restOf(groups).length === 0 ? 0 : 1;
}

function restOf({ idle, waiting }: GroupedLanes): string[] {
  return [
    ...(waiting === 0 ? [] : [`${counted(waiting, 'slot')} waiting for a worker`]),
    ...(idle === 0 ? [] : [`${counted(idle, 'slot')} idle`]),
  ];
}

function machineLine({ name, lanes, load, share, imagesPerSecond, trials }: MachineGroup, width: number): Line {
  const cells = [
    { text: oneLine(name), width: Math.min(NAME, Math.floor(width / 4)), tone: 'strong' as const },
    { text: `${lanes.length} training`, width: 12, align: 'right' as const },
    { text: load === undefined ? '' : `load ${percent(load)}`, width: 9, align: 'right' as const },
    { text: `work ${percent(share)}`, width: 9, align: 'right' as const },
    { text: counted(trials, 'trial'), width: 11, align: 'right' as const, tone: 'muted' as const },
  ];
  const speed = imagesPerSecond === undefined ? '' : `${formatCount(imagesPerSecond)} img/s`;
  return fitLine(row([...cells, { text: speed, width: 12, align: 'right' }]), width);
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}
