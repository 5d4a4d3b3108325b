// The layers at which features are cached.
import { describe, expect, it } from 'vitest';
import { getBackbone } from '../../src/backbones/registry.js';
import { cachedLayersOf } from '../../src/features/prefix.js';

describe('cached layers', () => {
  it('are the lowest cut of a study and those at least an eighth of the arithmetic apart, and none for heads alone', () => {
    const squeezenet = getBackbone('squeezenet1.1');
    expect(cachedLayersOf(squeezenet, 224, 4)).toEqual([5, 7]);
    expect(cachedLayersOf(squeezenet, 224, 1)).toEqual([8]);
    expect(cachedLayersOf(squeezenet, 224, 0)).toEqual([]);
    expect(cachedLayersOf(getBackbone('vgg16'), 224, 4)).toEqual([1, 2, 3, 4]);
  });

  it.each(['squeezenet1.1', 'mobilenetv2', 'resnet50', 'inceptionv3'])(
    'are at most seven in %s, ascending, whatever is unfrozen',
    (name) => {
      const backbone = getBackbone(name);
      for (const maxDepth of [8, 12, 1000]) {
        const layers = cachedLayersOf(backbone, backbone.inputSize, maxDepth);
        expect(layers.length).toBeLessThanOrEqual(7);
        expect(layers).toEqual([...new Set(layers)].sort((a, b) => a - b));
        expect(Math.min(...layers)).toBeGreaterThanOrEqual(Math.max(1, backbone.blocks.length - maxDepth));
      }
    },
  );
});
