// The features of a step where they are kept on the engine's device, as a study keeps them while there is room.
import type { Engine, RowsFeed } from '../../src/engines/engine.js';
import type { Graph } from '../../src/graph/graph.js';
import { sizeOf } from '../../src/graph/host-tensor.js';
import { must } from '../../src/system/must.js';

/** @returns rows for the input `features`; none where the engine keeps none. */
export async function keptFeatures(
  engine: Engine,
  graph: Graph,
  feeds: Readonly<Record<string, Float32Array>>,
): Promise<Record<string, RowsFeed>> {
  const features = must(feeds['features'], 'features');
  const { value } = must(
    graph.inputs.find(({ name }) => name === 'features'),
    'an input of features',
  );
  const [batch = 0, ...rest] = value.shape;
  // Channels first.
  const shape = rest.length === 3 ? [rest[2] ?? 0, rest[0] ?? 0, rest[1] ?? 0] : rest;
  if (features.length !== batch * sizeOf(shape)) throw new RangeError(`expected features of ${String(value.shape)}`);
  const rows = await engine.keepRows?.(batch, shape);
  if (rows === undefined) return {};
  const positions = Uint32Array.from({ length: batch }, (_, i) => i);
  await rows.write(positions, features);
  return { features: { rows, positions } };
}
