// The model as it is evaluated and kept: without what adaptation needs in training only, with the statistics of the target.
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import { must } from '../../system/must.js';
import type { DeviceState } from '../../engines/engine.js';
import type { HostTensor } from '../../graph/host-tensor.js';
import { plainView } from '../../images/study-images.js';
import { MAP_NAMES, adversaryOf, foldedHead } from './adversary.js';
import { batchNormStatistics } from './batch-norm-statistics.js';
import { HEAD_BIAS, HEAD_KERNEL, type Tail, cutOf, tailSpecs } from './tail.js';
import type { Workbench } from './workbench.js';

export interface EvaluatedModel {
  /** The parameters of the evaluation's program; it may have others. */
  readonly state: DeviceState;
  /** What is kept of the model: weights of the tail's blocks and the head, and what else differs from the backbone's weights. */
  weights(): Promise<ReadonlyMap<string, HostTensor>>;
  /** Frees what was made for it. */
  dispose(): void;
}

/** The model of a trial at the end of an epoch. Without adaptation it is the training's own state. */
export async function modelOf(
  bench: Pick<Workbench, 'engine' | 'programs' | 'adapted'>,
  configuration: TrainingConfiguration,
  tail: Tail,
  state: DeviceState,
): Promise<EvaluatedModel> {
  const names = [...tailSpecs(tail).map((spec) => spec.name), HEAD_KERNEL, HEAD_BIAS];
  const maps = adversaryOf(configuration)?.maps === true;
  const { adapted } = bench;
  if (!maps && adapted === undefined) return { state, weights: () => state.read(names), dispose: () => {} };
  const trained = await state.read(maps ? [...names, ...MAP_NAMES] : names);
  const weights = new Map(adapted?.statistics);
  for (const name of names) weights.set(name, must(trained.get(name), name));
  if (maps) for (const [name, tensor] of foldedHead(trained)) weights.set(name, tensor);
  if (adapted !== undefined && tail.depth > 0) {
    const block = await adapted.features.open(cutOf(tail), plainView('targetUnlabelled'));
    const statistics = await batchNormStatistics(bench.programs, tail, state, block);
    for (const [name, tensor] of statistics) weights.set(name, tensor);
  }
  const own = bench.engine.createState(weights);
  return { state: own, weights: () => Promise.resolve(weights), dispose: () => own.dispose() };
}
