// Shapes and costs along backbones.
import { describe, expect, it } from 'vitest';
import { BACKBONES, getBackbone } from '../../src/backbones/registry.js';
import { multiplyAccumulates, outputShape } from '../../src/backbones/shapes.js';

describe('outputShape', () => {
  it.each([
    ['squeezenet1.1', 224, [13, 13, 512]],
    ['vgg16', 224, [7, 7, 512]],
    ['resnet50', 224, [7, 7, 2048]],
    ['resnet152', 224, [7, 7, 2048]],
    ['inceptionv3', 299, [8, 8, 2048]],
    ['mobilenet', 224, [7, 7, 1024]],
    ['mobilenetv2', 224, [7, 7, 1280]],
    ['efficientnetb0', 224, [7, 7, 1280]],
    ['quicknet', 64, [4, 4, 128]],
  ] as const)('of %s at %i pixels', (name, size, shape) => {
    expect(outputShape(getBackbone(name), size)).toEqual(shape);
  });

  it('is the image at cut 0', () => {
    expect(outputShape(getBackbone('vgg16'), 50, 0)).toEqual([50, 50, 3]);
  });

  it('is that of the first blocks at a cut between', () => {
    expect(outputShape(getBackbone('squeezenet1.1'), 224, 5)).toEqual([13, 13, 256]);
  });

  it('has at least one pixel at the smallest size of every backbone, and none of its cuts less', () => {
    for (const backbone of BACKBONES) {
      for (let cut = 0; cut <= backbone.blocks.length; cut++) {
        expect(Math.min(...outputShape(backbone, backbone.minimumSize, cut))).toBeGreaterThan(0);
      }
    }
  });

  it('refuses images below the smallest size, naming it', () => {
    expect(() => outputShape(getBackbone('inceptionv3'), 74)).toThrow(
      /at least 75 pixels for inceptionv3, got inputSize 74/,
    );
  });

  it.each([-1, 10, 1.5])('refuses the cut %d', (cut) => {
    expect(() => outputShape(getBackbone('squeezenet1.1'), 224, cut)).toThrow(/cut from 0 to 9/);
  });
});

describe('multiplyAccumulates', () => {
  // Of the papers, at the default size: VGG16 15.3 G (without its top), ResNet50 3.8 G, MobileNet 0.57 G, MobileNetV2 0.30 G,
  // EfficientNetB0 0.39 G, each rounded there.
  it.each([
    ['vgg16', 15.35],
    ['resnet50', 3.86],
    ['mobilenet', 0.568],
    ['mobilenetv2', 0.3],
    ['efficientnetb0', 0.385],
    ['inceptionv3', 5.71],
  ] as const)('of %s agree with the literature', (name, billions) => {
    const backbone = getBackbone(name);
    const total = multiplyAccumulates(backbone, backbone.inputSize).reduce((sum, block) => sum + block, 0);
    expect(Math.abs(total / 1e9 / billions - 1)).toBeLessThan(0.03);
  });

  it('counts each block by itself', () => {
    const costs = multiplyAccumulates(getBackbone('squeezenet1.1'), 224);
    expect(costs).toHaveLength(9);
    expect(costs[0]).toBe(111 * 111 * 64 * 27);
  });
});
