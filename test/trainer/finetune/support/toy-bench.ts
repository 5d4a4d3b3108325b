// A workbench over made-up features, small enough for any engine.
import { ArrayPool } from '../../../../src/system/array-pool.js';
import { RandomStream } from '../../../../src/math/random.js';
import { TRAINING_DEFAULTS, type TrainingConfiguration } from '../../../../src/study/schema/training-schema.js';
import type { Backbone } from '../../../../src/backbones/backbone.js';
import { initialise } from '../../../../src/backbones/initialise.js';
import { block, conv, pool } from '../../../../src/backbones/layers.js';
import type { Engine } from '../../../../src/engines/engine.js';
import type { FeatureSource } from '../../../../src/features/features.js';
import { CheckpointFiles } from '../../../../src/trainer/finetune/checkpoint.js';
import { Importances } from '../../../../src/trainer/finetune/importance.js';
import { featureShape } from '../../../../src/trainer/finetune/tail.js';
import { FeatureCounter, TrialWork } from '../../../../src/features/feature-counter.js';
import { TailPrograms } from '../../../../src/trainer/finetune/tail-programs.js';
import type { TrialPlan, Workbench } from '../../../../src/trainer/finetune/workbench.js';
import { sizeOf } from '../../../../src/graph/host-tensor.js';

export const TOY_CLASSES = 3;
const SPLIT_SIZES = {
  ...{ train: 23, validation: 12, test: 12 },
  ...{ targetUnlabelled: 17, targetValidation: 9, targetTest: 9 },
};

/** Three blocks of one small convolution each. */
export const toyBackbone: Backbone = {
  name: 'toy',
  inputSize: 16,
  minimumSize: 16,
  preprocessing: 'unit',
  initialiser: 'he',
  blocks: [
    block('one', [conv('conv1', 4, 3, { stride: 2, activation: 'relu' }), pool('maxPool', 'pool1', 2, 2, 'valid')]),
    block('two', [conv('conv2', 6, 3, { activation: 'relu' })]),
    block('three', [conv('conv3', 8, 1, { activation: 'relu' })]),
  ],
};

const labelOf = (position: number): number => position % TOY_CLASSES;

/** Noise around a pattern of the class, the same for every cut's size; `views` differ in their noise. */
function features(kind: string, position: number, length: number): Float32Array {
  const pattern = RandomStream.of('pattern', labelOf(position), length);
  const noise = RandomStream.of('noise', kind, position, length);
  return Float32Array.from({ length }, () => Math.max(0, pattern.normal() + 0.4 * noise.normal()));
}

const source: FeatureSource = {
  open(cut, { split, strategy, number }) {
    const depth = cut === 'pooled' ? 0 : toyBackbone.blocks.length - cut;
    const shape = featureShape({ backbone: toyBackbone, inputSize: 16, depth, classes: TOY_CLASSES });
    const size = sizeOf(shape);
    return Promise.resolve({
      shape,
      images: SPLIT_SIZES[split],
      gather(positions, into) {
        for (let i = 0; i < positions.length; i++) {
          into.set(features(`${split} ${strategy} ${number}`, positions[i] as number, size), i * size);
        }
        return Promise.resolve();
      },
    });
  },
};

export function toyBench(engine: Engine, now: () => number = () => 0): Workbench {
  return {
    engine,
    backbone: toyBackbone,
    inputSize: 16,
    weights: initialise(toyBackbone, RandomStream.of('toy')),
    features: source,
    importances: new Importances({ of: () => source }),
    programs: new TailPrograms(engine),
    arrays: new ArrayPool(),
    labels: Uint32Array.from({ length: SPLIT_SIZES.train }, (_, i) => labelOf(i)),
    classes: TOY_CLASSES,
    objective: { metric: 'accuracy', direction: 'maximize' },
    evaluate(probabilities) {
      let right = 0;
      for (let i = 0; i < SPLIT_SIZES.validation; i++) {
        const row = probabilities.subarray(i * TOY_CLASSES, (i + 1) * TOY_CLASSES);
        if (row.indexOf(Math.max(...row)) === labelOf(i)) right++;
      }
      // The sum tells apart runs whose predictions happen to agree.
      const checksum = probabilities.reduce((sum, value, i) => sum + value * (i + 1), 0);
      return { metrics: { accuracy: right / SPLIT_SIZES.validation, checksum } };
    },
    evaluateModel: () => ({ split: 'validation', images: SPLIT_SIZES.validation, mistakes: [] }),
    work: new TrialWork(new FeatureCounter()),
    now,
  };
}

export function toyPlan(directory: string, options: Partial<TrainingConfiguration> = {}): TrialPlan {
  const configuration: TrainingConfiguration = {
    ...TRAINING_DEFAULTS,
    epochs: 6,
    headEpochs: 2,
    batchSize: 8,
    learningRate: 3e-3,
    headLearningRate: 1e-2,
    unfreezeDepth: 2,
    l2: 1e-4,
    ...options,
  };
  return {
    identity: { seed: 5, trial: 1 },
    configuration,
    files: new CheckpointFiles(directory, JSON.stringify(configuration)),
  };
}
