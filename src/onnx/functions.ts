// Functions of a model file, put in place of the nodes that call them.
import { HpoError } from '../study/errors.js';
import type { RawAttribute, RawFunction, RawNode } from './proto.js';

const MOST_LEVELS = 32;

/** The nodes with every call of a function replaced by the function's own nodes. */
export function inlined(
  nodes: readonly RawNode[],
  functions: readonly RawFunction[],
  mostNodes: number,
  place: string,
): readonly RawNode[] {
  const known = new Map(functions.map((one) => [`${one.domain ?? ''}:${one.name ?? ''}`, one]));
  const result: RawNode[] = [];
  let calls = 0; // functions without nodes of their own may call each other beyond all time
  const expand = (node: RawNode, level: number): void => {
    const called = known.get(`${node.domain ?? ''}:${node.opType ?? ''}`);
    if (called === undefined) result.push(node);
    else if (level >= MOST_LEVELS) {
      throw new HpoError(
        'ERR_WEIGHTS',
        `expected functions at most ${MOST_LEVELS} deep, got ${node.opType ?? ''} at ${place}`,
      );
    } else for (const inner of bodyOf(called, node)) expand(inner, level + 1);
    if (called !== undefined) calls++;
    if (result.length > mostNodes || calls > mostNodes) {
      throw new HpoError('ERR_WEIGHTS', `expected at most ${mostNodes} nodes, got more at ${place}`);
    }
  };
  for (const node of nodes) expand(node, 0);
  return result;
}

/** The nodes of a function as this call has them: its own names, the caller's inputs, outputs and attributes. */
function bodyOf(called: RawFunction, call: RawNode): RawNode[] {
  const prefix = `${call.output?.[0] ?? call.name ?? ''}/`;
  const names = new Map<string, string>([['', '']]);
  (called.input ?? []).forEach((name, i) => names.set(name, call.input?.[i] ?? ''));
  (called.output ?? []).forEach((name, i) => names.set(name, call.output?.[i] ?? `${prefix}${name}`));
  const given = new Map((call.attribute ?? []).map((one) => [one.name ?? '', one]));
  for (const one of called.attributeProto ?? []) if (!given.has(one.name ?? '')) given.set(one.name ?? '', one);
  const nameOf = (name: string): string => names.get(name) ?? `${prefix}${name}`;
  const attributeOf = (one: RawAttribute): RawAttribute[] => {
    if (one.refAttrName === undefined || one.refAttrName === '') return [one];
    const source = given.get(one.refAttrName);
    return source === undefined ? [] : [{ ...source, name: one.name ?? '' }];
  };
  return (called.node ?? []).map((node) => ({
    ...node,
    name: `${call.name ?? ''}/${node.name ?? ''}`,
    input: (node.input ?? []).map(nameOf),
    output: (node.output ?? []).map(nameOf),
    attribute: (node.attribute ?? []).flatMap(attributeOf),
    metadataProps: (call.metadataProps?.length ?? 0) > 0 ? (call.metadataProps ?? []) : (node.metadataProps ?? []),
  }));
}
