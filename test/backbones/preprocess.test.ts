// Preprocessing of pixels, in the graph.
import { describe, expect, it } from 'vitest';
import type { PreprocessingName } from '../../src/backbones/backbone.js';
import { preprocess } from '../../src/backbones/preprocessing.js';
import { getBackbone } from '../../src/backbones/registry.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { runGraph } from './run-graph.js';

async function preprocessed(name: PreprocessingName, ...pixel: number[]): Promise<Float32Array> {
  const g = new GraphBuilder();
  const pixels = g.input('pixels', [1, 1, 1, 3], { role: 'image', type: 'uint8' });
  // An output must not be an input itself.
  g.output('y', preprocess(g, { ...getBackbone('quicknet'), preprocessing: name }, pixels));
  return (await runGraph(g, { pixels: Uint8Array.from(pixel) })).outputs['y']!;
}

describe('preprocess', () => {
  it.each([
    ['caffe', [0, 128, 255], [255 - 103.939, 128 - 116.779, 0 - 123.68]],
    ['tf', [0, 51, 255], [-1, -0.6, 1]],
    ['torch', [0, 128, 255], [-0.485 / 0.229, (128 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225]],
    ['unit', [0, 51, 255], [0, 0.2, 1]],
    ['none', [0, 51, 255], [0, 51, 255]],
  ] as const)('%s of RGB %j', async (name, pixel, expected) => {
    const actual = await preprocessed(name, ...pixel);
    expected.forEach((value, channel) => expect(actual[channel]).toBeCloseTo(value, 4));
  });
});
