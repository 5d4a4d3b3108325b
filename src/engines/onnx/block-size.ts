// How many channels onnxruntime's blocked layout keeps together on this processor, found by trying it.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { toBlocks } from '../../graph/onnx/blocked.js';
import { OnnxEmitter } from '../../graph/onnx/emitter.js';
import { encodeModel } from '../../graph/onnx/model.js';
import { messageOf } from '../../study/errors.js';
import type { Provider } from '../../graph/onnx/provider.js';

/** More than any block has. */
const CHANNELS = 64;
/** With so many, channel 1 is told from the second position of channel 0. */
const POSITIONS = 2;
const [IMAGE, BLOCKS] = ['image', 'blocks'] as const;

let found: Promise<number> | undefined;

/** 1 where there is no such layout: on other devices, and on processors without the vector units that it is made for. */
export function blockSizeOf(provider: Provider): Promise<number> {
  if (provider !== 'cpu') return Promise.resolve(1);
  found ??= tryBlocks().catch(withoutBlocks);
  return found;
}

/** onnxruntime does not know the operators of a layout that the processor does not have. Of anything else that it says there is a warning. */
export function withoutBlocks(reason: unknown): number {
  if (!messageOf(reason).includes('is not a registered function/op')) {
    process.emitWarning(
      `onnxruntime's blocked layout cannot be used, so training is slower: ${messageOf(reason).trim()}`,
    );
  }
  return 1;
}

async function tryBlocks(): Promise<number> {
  const emitter = new OnnxEmitter(() => [], 'cpu');
  emitter.expose(toBlocks(emitter, IMAGE), BLOCKS);
  const shape = [1, CHANNELS, 1, POSITIONS];
  const model = encodeModel({
    nodes: emitter.finish(),
    constants: [],
    inputs: [{ name: IMAGE, type: 'float32', shape }],
    outputs: [{ name: BLOCKS, type: 'float32' }],
  });
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const numbers = Float32Array.from({ length: CHANNELS * POSITIONS }, (_, i) => i);
  const result = (await session.run({ [IMAGE]: new Tensor('float32', numbers, shape) }))[BLOCKS];
  await session.release();
  if (!(result?.data instanceof Float32Array)) throw new TypeError('expected float32 numbers');
  return blockSizeIn([...result.data]);
}

/** The first positions of all channels of the first block come first, then their second positions. @throws RangeError where they do not. */
export function blockSizeIn(blocks: readonly number[]): number {
  const size = blocks.indexOf(1);
  const isBlock = size > 1 && CHANNELS % size === 0 && blocks.slice(0, size).every((n, i) => n === i * POSITIONS);
  if (!isBlock) throw new RangeError(`expected blocks of channels, got ${blocks.slice(0, 4).join(', ')}, …`);
  return size;
}
