// Predicts a split: class probabilities from the features that enter the tail.
import { HpoError } from '../../study/errors.js';
import type { DeviceState } from '../../engines/engine.js';
import type { Precision } from '../../study/precision.js';
import type { AnySplit } from '../../images/indexing/image-index.js';
import { plainView } from '../../images/study-images.js';
import { sizeOf } from '../../graph/host-tensor.js';
import { orderedBatches } from './batches.js';
import { type Tail, cutOf } from './tail.js';
import type { Workbench } from './workbench.js';

const BATCH = 32;
const HEAD_BATCH = 1024;

/** Images in a run; does not influence results. A run of the head alone needs many images to outweigh its overhead. */
export function predictionBatch({ depth }: Pick<Tail, 'depth'>, images: number): number {
  return Math.min(images, depth === 0 ? HEAD_BATCH : BATCH);
}

/** Probabilities [images, classes], row-major, of a split's images as they are. Throws ERR_DIVERGED where one is no number. */
export async function predict(
  bench: Pick<Workbench, 'arrays' | 'features' | 'programs'>,
  tail: Tail,
  state: DeviceState,
  split: AnySplit,
  precision: Precision = 'float32',
): Promise<Float32Array> {
  const block = await bench.features.open(cutOf(tail), plainView(split));
  const probabilities = new Float32Array(block.images * tail.classes);
  const batch = predictionBatch(tail, block.images);
  await bench.arrays.withArray(batch * sizeOf(block.shape), async (buffer) => {
    for (const positions of orderedBatches(block.images, batch)) {
      const program = await bench.programs.evaluation(tail, positions.length, precision);
      const features = buffer.subarray(0, positions.length * sizeOf(block.shape));
      const kept = await block.onDevice?.(positions);
      if (kept === undefined) await block.gather(positions, features);
      const rows = kept === undefined ? {} : { features: kept };
      const outputs = await program.run(state, { features }, {}, rows);
      probabilities.set(outputs['probabilities'] as Float32Array, (positions[0] as number) * tail.classes);
    }
  });
  if (probabilities.every(Number.isFinite)) return probabilities;
  throw new HpoError('ERR_DIVERGED', `the network's outputs for the ${split} images are not all finite`);
}
