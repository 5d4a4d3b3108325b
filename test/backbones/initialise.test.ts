// Random weights.
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { initialise } from '../../src/backbones/initialise.js';
import { parameterSpecs } from '../../src/backbones/parameters.js';
import { weightsDigest } from '../../src/backbones/weights/digest.js';
import { getBackbone } from '../../src/backbones/registry.js';

const moments = (data: Float32Array): { mean: number; deviation: number } => {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  return { mean, deviation: Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length) };
};
const largest = (data: Float32Array): number => data.reduce((found, x) => Math.max(found, Math.abs(x)), 0);
const fresh = (name: string) => initialise(getBackbone(name), RandomStream.of(1));

describe('initialise', () => {
  it('gives every parameter with its shape', () => {
    const backbone = getBackbone('mobilenetv2');
    const weights = initialise(backbone, RandomStream.of(1));
    expect([...weights].map(([name, { shape, role }]) => [name, shape, role])).toEqual(
      parameterSpecs(backbone).map(({ name, shape, role }) => [name, shape, role]),
    );
  });

  it('is the same for the same stream and another for another', () => {
    const backbone = getBackbone('quicknet');
    const [a, b, c] = [1, 1, 2].map((seed) => weightsDigest(initialise(backbone, RandomStream.of(seed))));
    expect([a === b, a === c]).toEqual([true, false]);
  });

  it('draws by He a normal of variance 2 / fanIn, cut off', () => {
    const { data } = fresh('squeezenet1.1').get('fire9/expand3x3/kernel')!;
    const target = Math.sqrt(2 / (9 * 64));
    expect(moments(data).deviation / target).toBeCloseTo(1, 1);
    expect(Math.abs(moments(data).mean)).toBeLessThan(0.02 * target);
    expect(largest(data)).toBeLessThanOrEqual((2 * target) / 0.8796);
  });

  it('draws by Glorot uniformly within √(6 / (fanIn + fanOut))', () => {
    const { data } = fresh('mobilenet').get('conv_pw_6/kernel')!;
    const limit = Math.sqrt(6 / (256 + 512));
    expect(largest(data)).toBeLessThanOrEqual(limit);
    expect(moments(data).deviation / (limit / Math.sqrt(3))).toBeCloseTo(1, 1);
  });

  it('starts a residual branch that names it at zero', () => {
    expect(new Set(fresh('quicknet').get('stage4/conv2/kernel')!.data)).toEqual(new Set([0]));
  });

  it('starts BatchNorms neutral and biases at zero', () => {
    const weights = fresh('resnet50');
    const values = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(
      (name) => weights.get(`conv1_bn/${name}`)!.data[0],
    );
    expect(values).toEqual([1, 0, 0, 1]);
    expect(weights.get('conv1_conv/bias')!.data[0]).toBe(0);
  });
});
