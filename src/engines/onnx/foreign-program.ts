// A model that is no graph of this program, in onnxruntime.
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { sizeOf } from '../../graph/host-tensor.js';
import { HpoError, messageOf } from '../../study/errors.js';
import type { EngineName, ForeignModel, Runnable } from '../engine.js';
import { delivered } from '../feeds.js';

export class ForeignProgram implements Runnable {
  constructor(
    private readonly engine: EngineName,
    private readonly model: ForeignModel,
    private readonly session: InferenceSession,
    private readonly onDispose: () => void,
  ) {}

  async run(...[, feeds, into = {}]: Parameters<Runnable['run']>): ReturnType<Runnable['run']> {
    const { input, output } = this.model;
    const data = feeds[input.name];
    if (!(data instanceof Uint8Array) || data.length !== sizeOf(input.shape)) {
      throw new HpoError(
        'ERR_GRAPH',
        `expected ${sizeOf(input.shape)} bytes, got ${data?.length ?? 0} at feed ${input.name}`,
      );
    }
    try {
      const results = await this.session.run({ [input.name]: new Tensor('uint8', data.slice(), input.shape) });
      const made = results[output.name]?.data;
      if (!(made instanceof Float32Array) || made.length !== sizeOf(output.shape)) {
        throw new Error(
          `expected [${output.shape.join(', ')}], got ${results[output.name]?.dims.join(', ') ?? 'nothing'}`,
        );
      }
      return { [output.name]: delivered(made, into[output.name]) };
    } catch (cause) {
      throw new HpoError('ERR_ENGINE_FAILED', `the ${this.engine} engine failed: ${messageOf(cause)}`, { cause });
    }
  }

  async dispose(): Promise<void> {
    this.onDispose();
    await this.session.release();
  }
}
