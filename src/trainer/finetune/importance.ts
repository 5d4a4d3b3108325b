// How much each pre-trained weight matters for the study's images: the strength with which ewc holds it.
import { RandomStream } from '../../math/random.js';
import type { FeaturePrecision } from '../../study/schema/training-schema.js';
import type { Engine } from '../../engines/engine.js';
import type { FeatureSource, Features } from '../../features/features.js';
import { plainView } from '../../images/study-images.js';
import { type HostTensor, sizeOf } from '../../graph/host-tensor.js';
import { importanceName } from './penalties.js';
import { type Tail, cutOf, featureShape, pooledChannels, tailSpecs, trainedParameters } from './tail.js';
import type { TailPrograms } from './tail-programs.js';

/** The most images for the estimate. */
const IMAGES = 128;

/** Images that the estimate needs, of so many training images. */
export function imagesOfImportance(training: number): number {
  return Math.min(IMAGES, training);
}

export type Importance = ReadonlyMap<string, HostTensor>;

export interface ImportanceInputs {
  readonly engine: Engine;
  readonly programs: TailPrograms;
  /** Of the whole backbone. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly features: FeatureSource;
}

/**
 * The importance of one network's weights. All phases of a trial ask for the same, and so do most trials of a study, so the last one is
 * remembered; only the last, since each is as large as the weights.
 */
export class Importances {
  private last: { readonly key: string; readonly importance: Promise<Importance> } | undefined;

  /** @param fresh features without a cache: a cache would compute the whole split, in a view that often nothing else needs. */
  constructor(private readonly fresh: Features) {}

  of(
    bench: Omit<ImportanceInputs, 'features'>,
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
 * Kirkpatrick et al. 2017 take the Fisher information of the old task's labels, but the old task's images and head are not available. The
 * features that the backbone extracts are to be preserved, so its pooled features f(x) replace the old outputs, as if observed with unit
 * Gaussian noise: F = E_x Σ_k (∂f_k/∂w)². It needs no label and no head, so it also exists in a trial without a head phase. The sum over k
 * is estimated by one vector of random signs s for each image, since E_s (∂(s·f)/∂w)² = Σ_k (∂f_k/∂w)² (Hutchinson 1989).
 */
export async function importanceOf(bench: ImportanceInputs, tail: Tail, seed: number): Promise<Importance> {
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
    const block = await bench.features.open(cutOf(tail), plainView('train'));
    const random = RandomStream.of(seed, 'importance');
    const order = random.permutation(block.images).subarray(0, imagesOfImportance(block.images));
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
