// All features of a view, read in an odd order and put back in place.
import type { FeatureSource } from '../../../src/features/features.js';
import type { View } from '../../../src/images/study-images.js';
import type { Cut } from '../../../src/backbones/frozen-blocks.js';
import { sizeOf } from '../../../src/graph/host-tensor.js';

export async function readAll(source: FeatureSource, cut: Cut, view: View): Promise<Float32Array> {
  const block = await source.open(cut, view);
  const size = sizeOf(block.shape);
  const all = new Float32Array(block.images * size);
  const order = Array.from({ length: block.images }, (_, i) => (i * 7) % block.images);
  for (let start = 0; start < order.length; start += 6) {
    const positions = order.slice(start, start + 6);
    const batch = new Float32Array(positions.length * size);
    await block.gather(positions, batch);
    positions.forEach((position, i) => all.set(batch.subarray(i * size, (i + 1) * size), position * size));
  }
  return all;
}
