// The configuration of a model in its own folder: its paths lead to the same files.
import { expect, it } from 'vitest';
import { type TrainerConfiguration, moveConfiguration } from '../../../src/app/model/trainer-configuration.js';
import { TRAINING_DEFAULTS } from '../../../src/study/schema/training-schema.js';

const split = { validationSplit: 0.2, testSplit: 0, resize: 'crop', maxCorruptShare: 0.05 } as const;

function moved(changes: Pick<TrainerConfiguration, 'data' | 'backbone'>): typeof changes {
  const rest = { name: 'x', objective: { metric: 'macroF1', direction: 'maximize' }, engine: 'auto' } as const;
  const identity = { seed: 1, trial: 0 };
  const configuration = { ...rest, identity, training: TRAINING_DEFAULTS, ...changes };
  const { data, backbone } = moveConfiguration(configuration, '/study', '/study/out/model');
  return { data, backbone };
}

it('The paths of a table, of its images and of weights are those of the same files', () => {
  const table = { table: 'labels.csv', images: '../photos', ...split };
  expect(moved({ data: table, backbone: { name: 'quicknet', weights: 'w.h5' } })).toEqual({
    data: { ...table, table: '../../labels.csv', images: '../../../photos' },
    backbone: { name: 'quicknet', weights: '../../w.h5' },
  });
});

it.each([
  [
    { name: 'nets/vit.onnx', weights: 'random' },
    { name: '../../nets/vit.onnx', weights: 'random' },
  ],
  [
    { name: 'vit.onnx', weights: 'nets/vit.onnx' },
    { name: 'vit.onnx', weights: '../../nets/vit.onnx' },
  ],
  [{ name: 'hf:owner/name' }, { name: 'hf:owner/name' }],
])('A model file is named by its path, wherever that stands: %j', (backbone, expected) => {
  const data = { folder: '/photos', ...split };
  expect(moved({ data, backbone })).toEqual({ data, backbone: expected });
});
