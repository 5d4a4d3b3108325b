// The same graph several times, one after the other, in one run: each goes on from what the one before it updated.
import { GraphBuilder } from './builder.js';
import type { Graph, Value } from './graph.js';
import { operationOf } from './operations/registry.js';

/** What the input or output of a link is called, counted from 0. */
export const linkName = (name: string, link: number): string => `${name}@${link}`;

/** The feeds of one link, by their own names. */
export function feedsOf<T>(feeds: Readonly<Record<string, T>>, link: number): Record<string, T> {
  const ending = linkName('', link);
  const own = Object.entries(feeds).filter(([name]) => name.endsWith(ending));
  return Object.fromEntries(own.map(([name, feed]) => [name.slice(0, -ending.length), feed]));
}

/**
 * A graph whose one run is `links` runs of a graph: every input and output is there once for each (`linkName`), parameters enter once, and
 * what they were updated to leaves once. It pays where much is updated and a run takes little time, since an engine hands over all that.
 */
export function chained(graph: Graph, links: number): Graph {
  const g = new GraphBuilder();
  const values = new Map<number, Value>();
  const of = ({ id }: Value): Value => values.get(id) as Value;
  for (const { name, value } of graph.parameters) values.set(value.id, g.parameter(name, value.shape, value.role));
  for (const { value, tensor } of graph.constants) {
    values.set(value.id, g.constant(tensor.data, value.shape, value.role));
  }
  const parameters = new Map(graph.parameters.map(({ name, value }) => [name, value.id]));
  for (let link = 0; link < links; link++) {
    for (const { name, value, type, layout } of graph.inputs) {
      values.set(value.id, g.input(linkName(name, link), value.shape, { role: value.role, type, layout }));
    }
    for (const { op, inputs, attributes, output } of graph.nodes) {
      values.set(output.id, g.add(operationOf(op), inputs.map(of), attributes));
    }
    for (const { name, value, layout } of graph.outputs) g.output(linkName(name, link), of(value), { layout });
    const updated = graph.updates.map(({ parameter, value }) => [parameter, of(value)] as const);
    for (const [parameter, value] of updated) values.set(parameters.get(parameter) as number, value);
  }
  for (const { parameter } of graph.updates) {
    g.update(parameter, values.get(parameters.get(parameter) as number) as Value);
  }
  return g.build();
}
