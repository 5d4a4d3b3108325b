// Shape rules: what operations make of shapes, and how they refuse what does not fit.
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { Value } from '../../src/graph/graph.js';
import { add, multiply } from '../../src/graph/operations/arithmetic.js';
import { concat, pad, slice } from '../../src/graph/operations/concat.js';
import { conv2d } from '../../src/graph/operations/conv2d.js';
import { depthwiseConv2d } from '../../src/graph/operations/depthwise-conv2d.js';
import { relu } from '../../src/graph/operations/elementwise.js';
import { matMul } from '../../src/graph/operations/mat-mul.js';
import { averagePool, globalAveragePool, maxPool } from '../../src/graph/operations/pool.js';
import { broadcastTo, reduceMean, reduceSum } from '../../src/graph/operations/reduce.js';
import { flatten, reshape } from '../../src/graph/operations/reshape.js';
import { binaryCrossEntropy } from '../../src/graph/operations/binary-cross-entropy.js';
import { logSoftmax, softmaxCrossEntropy } from '../../src/graph/operations/softmax.js';

const g = new GraphBuilder();
let inputs = 0;
const plain = (...shape: number[]): Value => g.input(`input${inputs++}`, shape);
const image = (...shape: number[]): Value => g.input(`input${inputs++}`, shape, { role: 'image' });
const kernel = (...shape: number[]): Value => g.input(`input${inputs++}`, shape, { role: 'kernel' });
const depthwiseKernel = (...shape: number[]): Value => g.input(`input${inputs++}`, shape, { role: 'depthwiseKernel' });
const of = ({ shape, role }: Value) => ({ shape, role });

describe('shape rules', () => {
  it.each<[string, Value, number[], Value['role']]>([
    [
      'conv2d, same, stride 2',
      conv2d(g, image(2, 7, 8, 3), kernel(3, 3, 3, 5), { strides: 2, padding: 'same' }),
      [2, 4, 4, 5],
      'image',
    ],
    ['conv2d, valid by default', conv2d(g, image(2, 7, 8, 3), kernel(3, 2, 3, 5)), [2, 5, 7, 5], 'image'],
    [
      'conv2d, explicit',
      conv2d(g, image(1, 4, 4, 1), kernel(3, 3, 1, 1), {
        padding: [
          [1, 0],
          [0, 2],
        ],
      }),
      [1, 3, 4, 1],
      'image',
    ],
    ['depthwiseConv2d', depthwiseConv2d(g, image(1, 5, 5, 4), depthwiseKernel(3, 3, 4, 1)), [1, 3, 3, 4], 'image'],
    ['maxPool', maxPool(g, image(1, 27, 27, 4), 3, { strides: 2 }), [1, 13, 13, 4], 'image'],
    ['averagePool', averagePool(g, image(1, 6, 6, 4), [2, 3], { strides: [2, 3] }), [1, 3, 2, 4], 'image'],
    ['globalAveragePool', globalAveragePool(g, image(2, 6, 6, 4)), [2, 4], 'plain'],
    ['relu keeps the role', relu(g, kernel(3, 3, 1, 2)), [3, 3, 1, 2], 'kernel'],
    ['a scalar beside a kernel', multiply(g, plain(), kernel(3, 3, 1, 2)), [3, 3, 1, 2], 'kernel'],
    ['a vector beside an image', add(g, plain(4), image(1, 2, 2, 4)), [1, 2, 2, 4], 'image'],
    ['a column beside a matrix', add(g, plain(3, 1), plain(3, 4)), [3, 4], 'plain'],
    ['concat of channels', concat(g, [image(1, 2, 2, 4), image(1, 2, 2, 3)]), [1, 2, 2, 7], 'image'],
    ['slice', slice(g, image(1, 2, 2, 4), -1, 1, 2), [1, 2, 2, 2], 'image'],
    [
      'pad',
      pad(g, plain(2, 3), [
        [1, 0],
        [0, 2],
      ]),
      [3, 5],
      'plain',
    ],
    ['matMul', matMul(g, plain(4, 3), plain(5, 4), { transposeA: true, transposeB: true }), [3, 5], 'plain'],
    ['reduceSum, all', reduceSum(g, image(1, 2, 3, 4)), [], 'plain'],
    ['reduceMean, kept', reduceMean(g, image(2, 2, 3, 4), [1, 2], true), [2, 1, 1, 4], 'image'],
    ['broadcastTo', broadcastTo(g, plain(3, 1), [3, 4]), [3, 4], 'plain'],
    ['reshape', reshape(g, plain(2, 6), [1, 2, 2, 3], 'image'), [1, 2, 2, 3], 'image'],
    ['flatten', flatten(g, image(2, 2, 3, 4)), [2, 24], 'plain'],
    ['softmaxCrossEntropy', softmaxCrossEntropy(g, plain(4, 3), plain(4, 3), plain(4)), [], 'plain'],
    ['binaryCrossEntropy', binaryCrossEntropy(g, plain(4, 3), plain(4, 3), plain(4, 3)), [], 'plain'],
  ])('%s', (_, value, shape, role) => {
    expect(of(value)).toEqual({ shape, role });
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'conv2d of other channels',
      () => conv2d(g, image(1, 4, 4, 3), kernel(3, 3, 4, 5)),
      /a kernel over 3 channels for image \[1, 4, 4, 3\], got kernel \[3, 3, 4, 5\] at conv2d/,
    ],
    [
      'conv2d of something plain',
      () => conv2d(g, plain(1, 4, 4, 3), kernel(3, 3, 3, 5)),
      /an image of role image, got plain \[1, 4, 4, 3\] at conv2d/,
    ],
    [
      'conv2d with a plain kernel',
      () => conv2d(g, image(1, 4, 4, 3), plain(3, 3, 3, 5)),
      /a kernel of role kernel, got plain/,
    ],
    [
      'conv2d with another bias',
      () => conv2d(g, image(1, 4, 4, 3), kernel(3, 3, 3, 5), { bias: plain(4) }),
      /a bias of shape \[5\], got plain \[4\] at conv2d/,
    ],
    [
      'conv2d of an image smaller than the kernel',
      () => conv2d(g, image(1, 2, 2, 3), kernel(3, 3, 3, 5)),
      /an image at least as large as its window 3×3, got \[1, 2, 2, 3\]/,
    ],
    [
      'conv2d with a stride of 0',
      () => conv2d(g, image(1, 4, 4, 3), kernel(3, 3, 3, 5), { strides: 0 }),
      /positive integer strides, got 0 at conv2d/,
    ],
    [
      'conv2d with negative margins',
      () =>
        conv2d(g, image(1, 4, 4, 3), kernel(3, 3, 3, 5), {
          padding: [
            [-1, 0],
            [0, 0],
          ],
        }),
      /margins of non-negative integers/,
    ],
    [
      'depthwiseConv2d of other channels',
      () => depthwiseConv2d(g, image(1, 4, 4, 3), depthwiseKernel(3, 3, 4, 1)),
      /a kernel \[h, w, 3, 1\]/,
    ],
    [
      'maxPool within its margins',
      () =>
        maxPool(g, image(1, 4, 4, 3), 2, {
          padding: [
            [2, 0],
            [0, 0],
          ],
        }),
      /margins smaller than the window 2×2/,
    ],
    [
      'add of shapes that do not fit',
      () => add(g, plain(3, 4), plain(3)),
      /an operand that broadcasts to plain \[3, 4\], got plain \[3\] at add/,
    ],
    ['add of two lengths along an axis', () => add(g, plain(3, 1, 2), plain(1, 4, 3)), /broadcasts to/],
    [
      'add of an image and something plain',
      () => add(g, image(1, 2, 2, 3), plain(1, 2, 2, 3)),
      /got plain \[1, 2, 2, 3\] at add/,
    ],
    [
      'multiply of an image and a kernel',
      () => multiply(g, image(3, 3, 2, 2), kernel(3, 3, 2, 2)),
      /got kernel \[3, 3, 2, 2\] at multiply/,
    ],
    [
      'concat of other heights',
      () => concat(g, [image(1, 2, 2, 3), image(1, 3, 2, 3)]),
      /like image \[1, 2, 2, 3\] save along axis 3, got image \[1, 3, 2, 3\] at concat/,
    ],
    ['concat of nothing', () => concat(g, []), /at least one value, got none at concat/],
    [
      'concat along an axis beyond',
      () => concat(g, [plain(2), plain(2)], 1),
      /an axis of a value of rank 1, got 1 at concat/,
    ],
    [
      'slice beyond the end',
      () => slice(g, plain(4), 0, 2, 3),
      /a range within axis 0 of plain \[4\], got 2 … 5 at slice/,
    ],
    [
      'pad by other ranks',
      () =>
        pad(g, plain(4), [
          [1, 1],
          [1, 1],
        ]),
      /margins \[before, after\] for each dimension of plain \[4\]/,
    ],
    [
      'matMul of other ranks',
      () => matMul(g, plain(4), plain(4, 2)),
      /a matrix a of rank 2, got plain \[4\] at matMul/,
    ],
    [
      'matMul that does not chain',
      () => matMul(g, plain(2, 3), plain(2, 4)),
      /b with 3 rows for a of plain \[2, 3\], got plain \[2, 4\] at matMul/,
    ],
    [
      'reshape to another size',
      () => reshape(g, plain(4), [3]),
      /4 elements \(plain \[4\]\), got plain \[3\] at reshape/,
    ],
    [
      'broadcastTo of what is not 1',
      () => broadcastTo(g, plain(2), [3]),
      /a value that repeats to \[3\], got plain \[2\] at broadcastTo/,
    ],
    ['logSoftmax of a scalar', () => logSoftmax(g, plain()), /plain logits/],
    [
      'softmaxCrossEntropy of other labels',
      () => softmaxCrossEntropy(g, plain(4, 3), plain(4, 2), plain(4)),
      /labels of shape \[4, 3\], got plain \[4, 2\]/,
    ],
    [
      'softmaxCrossEntropy of other weights',
      () => softmaxCrossEntropy(g, plain(4, 3), plain(4, 3), plain(3)),
      /weights of shape \[4\], got plain \[3\]/,
    ],
    [
      'binaryCrossEntropy of other weights',
      () => binaryCrossEntropy(g, plain(4, 3), plain(4, 3), plain(4)),
      /weights of shape \[4, 3\], got plain \[4\]/,
    ],
  ])('refuse %s', (_, build, message) => {
    expect(build).toThrow(expect.objectContaining({ code: 'ERR_GRAPH', message: expect.stringMatching(message) }));
  });
});
