// What is written where formats are asked for, or none.
import { expect, it } from 'vitest';
import { writtenFormats } from '../../../src/app/model/export-formats.js';
import type { Backbone } from '../../../src/backbones/backbone.js';
import { getBackbone } from '../../../src/backbones/registry.js';

const described = getBackbone('quicknet');
/** As of a backbone that is a model file. */
const file = { name: 'vit.onnx', blocks: described.blocks.map((block) => ({ ...block, layers: [] })) };

it('is ONNX and tfjs by default, and of a model file ONNX', () => {
  expect(writtenFormats(undefined, described)).toEqual(['onnx', 'tfjs']);
  expect(writtenFormats(undefined, file)).toEqual(['onnx']);
});

it('has what a format needs with it', () => {
  expect(writtenFormats(['python'], file)).toEqual(['onnx', 'python']);
  expect(writtenFormats(['page', 'page'], described)).toEqual(['page']);
});

it('of a model file whose operators run as the file has them is ONNX in float32', () => {
  const opaque = { ...file, file: { isGraph: () => false, trainable: { depth: 0, reason: 'block a has Floor' } } };
  const backbone = opaque as unknown as Backbone;
  expect(writtenFormats(['python'], backbone)).toEqual(['onnx', 'python']);
  expect(() => writtenFormats(undefined, backbone, 'float16')).toThrow(
    /expected float32 for the backbone vit.onnx, got float16: block a has Floor/,
  );
});

it('is refused where there is nothing, or where a model file cannot be that', () => {
  expect(() => writtenFormats([], described)).toThrow(/expected one or more of onnx, tfjs, python, page/);
  expect(() => writtenFormats(['onnx', 'page'], file)).toThrow(
    /expected format onnx or python for the backbone vit.onnx, which is a model file, got page/,
  );
});
