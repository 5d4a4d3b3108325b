// Keras's own figures for each architecture, and the weights that they were computed on (../shared/README.md).
import { existsSync, readFileSync } from 'node:fs';
import type { Backbone } from '../../src/backbones/backbone.js';
import { parameterSpecs } from '../../src/backbones/parameters.js';
import { sizeOf, type HostTensor } from '../../src/graph/host-tensor.js';

const FOLDER = '../shared/golden';
export const SQUEEZENET_WEIGHTS = '../shared/weights/squeezenet_v1.1_imagenet_notop.h5';
export const hasGolden = existsSync(FOLDER);

export interface GoldenLayer {
  readonly layer: string;
  readonly shape: readonly [number, number, number];
  readonly mean: number;
  readonly std: number;
  readonly first: readonly number[];
}

export interface Golden {
  readonly inputSize: number;
  readonly gammaLow: number;
  readonly parameters: number;
  readonly weights: Readonly<Record<string, readonly (readonly [name: string, shape: readonly number[]])[]>>;
  readonly outputs: readonly GoldenLayer[];
  readonly pooled: readonly number[];
}

/** The golden files by our names of the architectures. */
export const GOLDEN_FILES = {
  'squeezenet1.1': 'SqueezeNet1.1',
  vgg16: 'VGG16',
  resnet50: 'ResNet50',
  resnet152: 'ResNet152',
  inceptionv3: 'InceptionV3',
  mobilenet: 'MobileNet',
  mobilenetv2: 'MobileNetV2',
  efficientnetb0: 'EfficientNetB0',
} as const;
export type GoldenName = keyof typeof GOLDEN_FILES;

export function readGolden(name: GoldenName): Golden {
  return JSON.parse(readFileSync(`${FOLDER}/${GOLDEN_FILES[name]}.json`, 'utf8')) as Golden;
}

/** Uniform numbers in [0, 1): mulberry32, seeded by the 32-bit FNV-1a hash of the path's UTF-8 bytes. */
export function uniform(path: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(path)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The regenerated weights. */
export function goldenWeights(backbone: Backbone, gammaLow: number): Map<string, HostTensor> {
  return new Map(
    parameterSpecs(backbone).map(({ name, weight, shape, role }) => {
      const u = uniform(name);
      const draw = rule(weight, shape, gammaLow);
      return [name, { shape, role, data: new Float32Array(sizeOf(shape)).map(() => draw(u())) }];
    }),
  );
}

function rule(weight: string, shape: readonly number[], gammaLow: number): (u: number) => number {
  switch (weight) {
    case 'kernel': {
      const limit = Math.sqrt(6 / sizeOf(shape.slice(0, -1)));
      return (u) => (2 * u - 1) * limit;
    }
    case 'gamma':
      return (u) => gammaLow + 0.8 * u;
    case 'moving_variance':
      return (u) => 0.5 + u;
    default:
      return (u) => (2 * u - 1) * 0.1;
  }
}

/** One image at cut 0: what the first block takes. */
export function goldenInput(name: GoldenName, inputSize: number): Float32Array {
  const u = uniform('input');
  // EfficientNetB0's file has the pixels (2u − 1 + 1) · 127.5, divided by 255 and normalised by mean 0 and variance 1.
  const scale = { 'squeezenet1.1': (v: number) => v * 127.5, efficientnetb0: (v: number) => ((v + 1) * 127.5) / 255 };
  const apply = (scale as Partial<Record<GoldenName, (v: number) => number>>)[name] ?? ((v: number) => v);
  return new Float32Array(inputSize * inputSize * 3).map(() => apply(2 * u() - 1));
}
