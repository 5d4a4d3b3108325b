// The list of backbones, and that each description is sound.
import { describe, expect, it } from 'vitest';
import { BLOCK_INPUT } from '../../src/backbones/backbone.js';
import { BACKBONES, getBackbone } from '../../src/backbones/registry.js';

describe('getBackbone', () => {
  it('finds a backbone in any case of letters', () => {
    expect(getBackbone('MobileNetV2').name).toBe('mobilenetv2');
  });

  it('lists the names when there is none such', () => {
    expect(() => getBackbone('resnet51')).toThrow(
      /expected one of .*squeezenet1\.1.*vgg16.*, got "resnet51" at backbone\.name/,
    );
  });
});

describe.each(BACKBONES.map((backbone) => [backbone.name, backbone] as const))('%s', (name, backbone) => {
  it('has a name in lower case, so that it is found', () => {
    expect(name).toBe(name.toLowerCase());
  });

  it('names each block and each layer once', () => {
    const layers = backbone.blocks.flatMap((block) => block.layers.map((layer) => layer.name));
    expect(new Set(layers).size).toBe(layers.length);
    expect(new Set(backbone.blocks.map((block) => block.name)).size).toBe(backbone.blocks.length);
  });

  it('reads nothing but earlier layers of the block', () => {
    for (const { layers } of backbone.blocks) {
      const known = new Set([BLOCK_INPUT]);
      for (const layer of layers) {
        expect([...known]).toEqual(expect.arrayContaining([...layer.inputs]));
        known.add(layer.name);
      }
    }
  });

  it('leaves each block by one array: every layer but the last has a reader', () => {
    for (const { layers } of backbone.blocks) {
      const read = new Set(layers.flatMap((layer) => layer.inputs));
      expect(layers.filter((layer) => !read.has(layer.name))).toEqual([layers.at(-1)]);
    }
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(backbone))).toEqual(backbone);
  });
});
