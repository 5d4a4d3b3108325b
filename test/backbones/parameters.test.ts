// The parameter lists against those of Keras.
import { describe, expect, it } from 'vitest';
import { parameterSpecs } from '../../src/backbones/parameters.js';
import { BACKBONES, getBackbone } from '../../src/backbones/registry.js';
import { sizeOf } from '../../src/graph/host-tensor.js';
import { GOLDEN_FILES, hasGolden, readGolden, uniform, type GoldenName } from './golden.js';

const REGENERATED = (Object.keys(GOLDEN_FILES) as GoldenName[]).filter((name) => name !== 'squeezenet1.1');

describe.skipIf(!hasGolden)("Keras's parameter lists (needs ../shared/golden)", () => {
  it('draws the numbers of the recipe', () => {
    const u = uniform('input');
    expect([u(), u(), u()].map((value) => value.toFixed(8))).toEqual(['0.98036012', '0.79236961', '0.62917011']);
  });

  it.each(REGENERATED)('%s has the same weights in the same order', (name) => {
    const { normalization: _, ...layers } = readGolden(name).weights;
    const expected = Object.entries(layers).flatMap(([layer, weights]) =>
      weights.map(([weight, shape]) => [`${layer}/${weight}`, shape]),
    );
    expect(parameterSpecs(getBackbone(name)).map((spec) => [spec.name, spec.shape])).toEqual(expected);
  });

  it.each(REGENERATED)('%s has as many parameters as Keras counts', (name) => {
    const golden = readGolden(name);
    const normalisation = golden.weights['normalization'] ? 7 : 0;
    const count = parameterSpecs(getBackbone(name)).reduce((sum, spec) => sum + sizeOf(spec.shape), 0);
    expect(count + normalisation).toBe(golden.parameters);
  });
});

describe('parameter lists', () => {
  it('gives every parameter of every backbone its own name', () => {
    for (const backbone of BACKBONES) {
      const names = parameterSpecs(backbone).map((spec) => spec.name);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('numbers blocks from the pixels up and leaves none without parameters', () => {
    for (const backbone of BACKBONES) {
      const blocks = parameterSpecs(backbone).map((spec) => spec.block);
      expect(blocks).toEqual(blocks.toSorted((a, b) => a - b));
      expect(new Set(blocks).size).toBe(backbone.blocks.length);
    }
  });

  it('tells moving averages from what a gradient trains', () => {
    const specs = parameterSpecs(getBackbone('inceptionv3')).filter((spec) => spec.layer === 'batch_normalization');
    expect(specs.map((spec) => [spec.weight, spec.trainable])).toEqual([
      ['beta', true],
      ['moving_mean', false],
      ['moving_variance', false],
    ]);
  });

  it('keeps quicknet within two megabytes', () => {
    const count = parameterSpecs(getBackbone('quicknet')).reduce((sum, spec) => sum + sizeOf(spec.shape), 0);
    expect(4 * count).toBeLessThan(2e6);
  });
});
