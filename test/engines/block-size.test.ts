// What the engine over onnxruntime knows of its blocked layout, and what it says where it cannot use it.
import { afterEach, expect, it, vi } from 'vitest';
import { blockSizeIn, withoutBlocks } from '../../src/engines/onnx/block-size.js';

afterEach(() => vi.restoreAllMocks());

const inBlocksOf = (size: number): number[] =>
  Array.from({ length: 128 }, (_, i) => {
    const [block, rest] = [Math.floor(i / (2 * size)), i % (2 * size)];
    return 2 * (block * size + (rest % size)) + Math.floor(rest / size);
  });

it.each([8, 16])('finds blocks of %d channels', (size) => expect(blockSizeIn(inBlocksOf(size))).toBe(size));

it('refuses another order', () => {
  expect(() => blockSizeIn(Array.from({ length: 128 }, (_, i) => i))).toThrow('got 0, 1, 2, 3, …');
});

it('goes without blocks silently only where the processor has none', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const missing = 'Fatal error: com.microsoft.nchwc:ReorderInput(-1) is not a registered function/op';
  expect(withoutBlocks(new Error(missing))).toBe(1);
  expect(warn).not.toHaveBeenCalled();
  expect(withoutBlocks(new Error('out of memory'))).toBe(1);
  expect(warn).toHaveBeenCalledWith(expect.stringMatching(/training is slower: out of memory/));
});
