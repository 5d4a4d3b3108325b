// Adaptation of BatchNorm's statistics to another domain (AdaBN; Li et al. 2016, "Revisiting Batch Normalization For Practical Domain
// Adaptation", arXiv 1603.04779): means and variances of the target's images take the place of those of training.
import { RandomStream } from '../../math/random.js';
import { must } from '../../system/must.js';
import type { Backbone } from '../../backbones/backbone.js';
import { type ParameterSpec, parameterSpecs } from '../../backbones/parameters.js';
import type { DeviceState } from '../../engines/engine.js';
import type { FeatureBlock } from '../../features/features.js';
import { type HostTensor, sizeOf } from '../../graph/host-tensor.js';
import { type Tail, featureShape, tailSpecs } from './tail.js';
import type { TailPrograms } from './tail-programs.js';

/** The most images of a batch; a layer's statistics are those of its input, normalised by the batch in the layers below. */
const BATCH = 64;

/** By the moving average that they replace. */
export type BatchNormStatistics = ReadonlyMap<string, HostTensor>;

/** Whether the backbone has a BatchNorm with statistics of its own. Those of model files are folded or fixed. */
export function hasBatchNorm(backbone: Backbone): boolean {
  return parameterSpecs(backbone).some(isStatistic);
}

/** The moving averages among these parameters. */
function statisticNames(specs: readonly ParameterSpec[]): string[] {
  return specs.filter(isStatistic).map(({ name }) => name);
}

function isStatistic({ weight }: ParameterSpec): boolean {
  return weight === 'moving_mean' || weight === 'moving_variance';
}

/**
 * Mean and variance of the input of every BatchNorm in a tail, over the images of a block of features where they enter it.
 * @param state with the tail's weights. It stays as it is.
 */
export async function batchNormStatistics(
  programs: Pick<TailPrograms, 'statistics'>,
  tail: Tail,
  state: DeviceState,
  block: FeatureBlock,
): Promise<BatchNormStatistics> {
  const names = statisticNames(tailSpecs(tail));
  if (names.length === 0) return new Map();
  const sums = new Moments();
  for (const positions of mixedBatches(block.images)) {
    const program = await programs.statistics(tail, positions.length);
    const features = new Float32Array(positions.length * sizeOf(featureShape(tail)));
    await block.gather(positions, features);
    sums.add(positions.length, await program.run(state, { features }));
  }
  return sums.statistics(names);
}

/** Every image once, in batches of nearly equal size. In an order of chance: images of one class often lie together. */
function mixedBatches(images: number): Uint32Array[] {
  const order = RandomStream.of('batch norm statistics', images).permutation(images);
  const count = Math.ceil(images / BATCH);
  return Array.from({ length: count }, (_, i) =>
    order.subarray(Math.floor((i * images) / count), Math.floor(((i + 1) * images) / count)),
  );
}

/** Means and variances of batches put together: E[x] and E[x²] − E[x]², in double precision. */
class Moments {
  private images = 0;
  private readonly firsts = new Map<string, Float64Array>();
  private readonly seconds = new Map<string, Float64Array>();

  add(size: number, outputs: Readonly<Record<string, Float32Array>>): void {
    this.images += size;
    for (const [name, means] of Object.entries(outputs)) {
      if (!name.endsWith(MEAN)) continue;
      const variances = must(outputs[varianceOf(name)], varianceOf(name));
      const first = this.firsts.get(name) ?? new Float64Array(means.length);
      const second = this.seconds.get(name) ?? new Float64Array(means.length);
      means.forEach((mean, i) => {
        first[i]! += size * mean;
        second[i]! += size * (variances[i]! + mean * mean);
      });
      this.firsts.set(name, first);
      this.seconds.set(name, second);
    }
  }

  statistics(names: readonly string[]): BatchNormStatistics {
    const found = new Map<string, HostTensor>();
    for (const name of names.filter((one) => one.endsWith(MEAN))) {
      const first = must(this.firsts.get(name), name).map((sum) => sum / this.images);
      const second = must(this.seconds.get(name), name).map((sum) => sum / this.images);
      const shape = [first.length];
      found.set(name, { shape, role: 'plain', data: Float32Array.from(first) });
      const data = Float32Array.from(second, (square, i) => Math.max(0, square - first[i]! ** 2));
      found.set(varianceOf(name), { shape, role: 'plain', data });
    }
    return found;
  }
}

const MEAN = '/moving_mean';

function varianceOf(mean: string): string {
  return `${mean.slice(0, -MEAN.length)}/moving_variance`;
}
