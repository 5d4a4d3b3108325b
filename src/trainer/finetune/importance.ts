// How much each pre-trained weight matters to what the backbone says of the study's images: what ewc holds weights by.
import { RandomStream } from '../../math/random.js';
import type { FeaturePrecision } from '../../study/schema/training-schema.js';
import type { Features } from '../../features/feature-block.js';
import { type HostTensor, sizeOf } from '../../graph/host-tensor.js';
import { importanceName } from './penalties.js';
import { type Tail, cutOf, featureShape, pooledChannels, tailSpecs, trainedParameters } from './tail.js';
import type { Workbench } from './workbench.js';

/** Images that it is estimated from. */
const IMAGES = 128;

export type Importance = ReadonlyMap<string, HostTensor>;

/**
 * What importanceOf gives for one network. All phases of a trial ask for the same, and most trials of a study, so the last one is
 * remembered; no more, since each is as large as the weights.
 */
export class Importances {
  private last: { readonly key: string; readonly importance: Promise<Importance> } | undefined;

  /** @param fresh features that are not kept: a store would be filled with the whole split, in a guise that often nothing else needs. */
  constructor(private readonly fresh: Features) {}

  of(
    bench: Pick<Workbench, 'engine' | 'programs' | 'weights'>,
    tail: Tail,
    precision: FeaturePrecision,
    seed: number,
  ): Promise<Importance> {
    const key = `${tail.depth} ${precision} ${seed}`;
    if (this.last?.key === key) return this.last.importance;
    const features = this.fresh.of({ precision, blocks: [] });
    const importance = importanceOf({ ...bench, features }, tail, seed);
    const found = { key, importance };
    this.last = found;
    importance.catch(() => {
      if (this.last === found) this.last = undefined;
    });
    return importance;
  }
}

/**
 * The diagonal of the Fisher information of the pre-trained backbone on training images, by state entry (importanceName), scaled to a
 * mean of 1 over all weights of the tail.
 *
 * Kirkpatrick et al. 2017 take the Fisher information of the old task's labels, but the old task's images and head are not here. What is to be
 * kept is what the backbone extracts, so its pooled features f(x) stand for the old outputs, as if observed with unit Gaussian
 * noise: F = E_x Σ_k (∂f_k/∂w)². No label and no head comes in, so a trial without a head phase has it as well. The sum over k is
 * estimated by one vector of random signs s for each image, since E_s (∂(s·f)/∂w)² = Σ_k (∂f_k/∂w)² (Hutchinson 1989).
 */
export async function importanceOf(
  bench: Pick<Workbench, 'engine' | 'features' | 'programs' | 'weights'>,
  tail: Tail,
  seed: number,
): Promise<Importance> {
  const held = trainedParameters(tail).filter(({ below }) => below >= 0);
  const names = held.map(({ name }) => importanceName(name));
  const entries = new Map<string, HostTensor>(
    tailSpecs(tail).map(({ name }) => [name, bench.weights.get(name) as HostTensor]),
  );
  held.forEach(({ shape, role }, i) => {
    entries.set(names[i] as string, { shape, role, data: new Float32Array(sizeOf(shape)) });
  });
  const state = bench.engine.createState(entries);
  try {
    const block = await bench.features.open(cutOf(tail), { split: 'train', strategy: 'none', view: 0 });
    const random = RandomStream.of(seed, 'importance');
    const order = random.permutation(block.images).subarray(0, IMAGES);
    for (let i = 0; i < order.length; i++) {
      const program = await bench.programs.importance(tail);
      const features = new Float32Array(sizeOf(featureShape(tail)));
      await block.gather(order.subarray(i, i + 1), features);
      const signs = Float32Array.from({ length: pooledChannels(tail) }, () => 2 * random.integer(2) - 1);
      await program.run(state, { features, signs });
    }
    return scaledToMeanOne(await state.read(names));
  } finally {
    state.dispose();
  }
}

function scaledToMeanOne(tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const arrays = [...tensors.values()].map(({ data }) => data);
  const count = arrays.reduce((total, data) => total + data.length, 0);
  const sum = arrays.reduce((total, data) => data.reduce((a, b) => a + b, total), 0);
  const scale = sum > 0 ? count / sum : 1;
  return new Map([...tensors].map(([name, one]) => [name, { ...one, data: one.data.map((value) => value * scale) }]));
}
