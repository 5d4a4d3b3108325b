// What a reshape that a file wrote down for one size of arrays means for another.
import { sizeOfShape } from './known.js';

interface Group {
  readonly ins: readonly number[];
  readonly outs: readonly number[];
}

/**
 * The target for arrays of shape `to`, where `target` is that of arrays of shape `from`. Axes of source and target belong
 * together in the smallest runs of equal size. A run that became larger or smaller changes its only axis, its two equal ones, or, for
 * another batch, its first. undefined where that leaves a choice.
 * @param batchRatio how many times as many images there are.
 */
export function transferred(
  from: readonly number[],
  target: readonly number[],
  to: readonly number[],
  batchRatio: number,
): readonly number[] | undefined {
  const groups = groupsOf(from, target);
  if (groups === undefined || from.length !== to.length) return undefined;
  const result: number[] = [];
  for (const { ins, outs } of groups) {
    const sizes = outs.map((axis) => target[axis] ?? 1);
    const before = sizeOfShape(sizes);
    const after = sizeOfShape(ins.map((axis) => to[axis] ?? 1));
    const meant = before === after ? sizes : resized(sizes, before, after, outs[0] === 0 ? batchRatio : 1);
    if (meant === undefined) return undefined;
    result.push(...meant);
  }
  return result;
}

function resized(sizes: readonly number[], before: number, after: number, batchRatio: number): number[] | undefined {
  const ratio = after / before;
  if (sizes.length === 1) return [after];
  const [first = 1, ...rest] = sizes;
  if (ratio === batchRatio && Number.isInteger(first * ratio)) return [first * ratio, ...rest];
  const long = sizes.filter((d) => d > 1);
  if (long.length === 1) return sizes.map((d) => (d > 1 ? after : d));
  const side = Math.sqrt(after / batchRatio);
  const isSquare = long.length === 2 && long[0] === long[1] && Number.isInteger(side) && batchRatio === 1;
  return isSquare ? sizes.map((d) => (d > 1 ? side : d)) : undefined;
}

function groupsOf(from: readonly number[], target: readonly number[]): Group[] | undefined {
  const groups: { ins: number[]; outs: number[] }[] = [];
  let [i, o] = [0, 0];
  while (i < from.length && o < target.length) {
    const group = { ins: [i], outs: [o] };
    let left = from[i++] ?? 1;
    let right = target[o++] ?? 1;
    while (left !== right) {
      if (left < right && i < from.length) {
        left *= from[i] ?? 1;
        group.ins.push(i++);
      } else if (right < left && o < target.length) {
        right *= target[o] ?? 1;
        group.outs.push(o++);
      } else return undefined;
    }
    groups.push(group);
  }
  // Ones that are left over change nothing.
  const last = groups.at(-1);
  if (last === undefined) return undefined;
  for (; i < from.length; i++) last.ins.push(i);
  for (; o < target.length; o++) last.outs.push(o);
  return groups;
}
