// The studies whose trials are recorded for the learned prior: random configurations of the built-in trainer, trained in full.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StudyInput } from '../../src/app/files/study-file.js';

export interface OwnStudy {
  readonly name: string;
  /** What the network was trained on before. */
  readonly weights: 'photographs' | 'drawings' | 'none';
  readonly study: StudyInput;
}

/** Folders of images and weights, which the project does not hold itself. */
export function ownStudies(shared: string): OwnStudy[] {
  const images = (folder: string, validation: string) => ({
    train: resolve(shared, 'data', folder, 'train'),
    validation: resolve(shared, 'data', folder, validation),
  });
  const signs = { drawn: { family: 'traffic-signs', perClass: { train: 24, validation: 24 } } } as const;
  const squeezenet = (inputSize: number) => ({
    name: 'squeezenet1.1',
    weights: resolve(shared, 'weights/squeezenet_v1.1_imagenet_notop.h5'),
    inputSize,
  });
  const quicknet = { name: 'quicknet' };
  const untrained = { name: 'quicknet', weights: 'random' };
  return [
    { name: 'signs-quicknet', weights: 'drawings', study: studyOf(signs, quicknet, 6, 24, 10) },
    {
      name: 'ants-bees-squeezenet',
      weights: 'photographs',
      study: studyOf(images('ants-bees', 'val'), squeezenet(96), 4, 16, 5),
    },
    { name: 'signs-untrained', weights: 'none', study: studyOf(signs, untrained, 6, 12, 6) },
    {
      name: 'chest-xray-squeezenet',
      weights: 'photographs',
      study: studyOf(images('chest-xray', 'val'), squeezenet(64), 4, 12, 4),
    },
    {
      name: 'ants-bees-quicknet',
      weights: 'drawings',
      study: studyOf(images('ants-bees', 'val'), quicknet, 6, 12, 5),
    },
    { name: 'ants-bees-study', weights: 'photographs', study: drawnFrom('ants-bees', shared, 96) },
    { name: 'chest-xray-study', weights: 'photographs', study: drawnFrom('chest-xray', shared, 64) },
  ];
}

/** The space and the training of a study that comes with the project, on smaller images. */
function drawnFrom(folder: string, shared: string, inputSize: number): StudyInput {
  const path = fileURLToPath(new URL(`../../studies/${folder}/study.json`, import.meta.url));
  const text = readFileSync(path, 'utf8').replaceAll('../../../shared', resolve(shared));
  const { baseline: _, ...study } = JSON.parse(text) as StudyInput;
  return {
    ...study,
    backbone: { ...study.backbone, inputSize },
    search: { strategy: 'random', trials: 48, seed: 1 },
    pruner: { type: 'none' },
    resources: { workers: 1, engine: 'onnx' },
  };
}

function studyOf(
  data: StudyInput['data'],
  backbone: NonNullable<StudyInput['backbone']>,
  depth: number,
  trials: number,
  epochs: number,
): StudyInput {
  return {
    name: 'recorded',
    data,
    backbone,
    space: {
      learningRate: { type: 'float', min: 1e-5, max: 1e-2, scale: 'log' },
      batchSize: { type: 'choice', values: [8, 16, 32], ordinal: true },
      unfreezeDepth: { type: 'int', min: 0, max: depth },
      dropout: { type: 'float', min: 0, max: 0.6 },
      optimizer: { type: 'choice', values: ['adam', 'adamw', 'sgd'] },
      schedule: { type: 'choice', values: ['cosine', 'constant'] },
      augmentation: { type: 'choice', values: ['none', 'flip', 'standard'] },
      labelSmoothing: { type: 'float', min: 0, max: 0.2 },
    },
    search: { strategy: 'random', trials, seed: 1 },
    pruner: { type: 'none' },
    training: { epochs, headEpochs: 1, views: 2 },
    resources: { workers: 1, engine: 'onnx' },
  };
}
