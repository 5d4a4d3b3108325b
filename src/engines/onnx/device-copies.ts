// Copies of arrays to a device and back, as runs of a model that does nothing else; the binding offers no other way.
import { must } from '../../system/must.js';
import type { InferenceSession } from 'onnxruntime-node';
import { Tensor } from 'onnxruntime-node';
import { OnnxEmitter } from '../../graph/onnx/emitter.js';
import { encodeModel } from '../../graph/onnx/model.js';
import { createSession, type SessionSettings } from './session.js';

const [SOURCE, SHAPE, COPY] = ['source', 'shape', 'copy'] as const;

/**
 * Its sessions also keep the device open: that is closed with the last session, and arrays on it outlive the programs that
 * made them.
 */
export class DeviceCopies {
  private constructor(
    private readonly upload: InferenceSession,
    private readonly download: InferenceSession,
  ) {}

  /** @throws HpoError ERR_ENGINE where there is no device. */
  static async open(settings: SessionSettings): Promise<DeviceCopies> {
    const emitter = new OnnxEmitter(() => [], settings.provider);
    emitter.expose(emitter.emit('Reshape', [SOURCE, SHAPE]), COPY);
    const copy = { name: COPY, type: 'float32' } as const;
    const model = encodeModel({
      nodes: emitter.finish(),
      constants: emitter.constants,
      inputs: [
        { name: SOURCE, type: 'float32' },
        { name: SHAPE, type: 'int64' },
      ],
      outputs: [copy],
    });
    const upload = await createSession(model, settings, { outputs: [], updates: [copy] });
    return new DeviceCopies(upload, await createSession(model, settings, { outputs: [copy], updates: [] }));
  }

  /** A copy on the device. */
  write(tensor: Tensor): Promise<Tensor> {
    return copied(this.upload, tensor);
  }

  /** The numbers of an array on the device. It stays there. */
  async read(tensor: Tensor): Promise<Float32Array> {
    return (await copied(this.download, tensor)).data as Float32Array;
  }

  async close(): Promise<void> {
    await Promise.all([this.upload.release(), this.download.release()]);
  }
}

async function copied(session: InferenceSession, tensor: Tensor): Promise<Tensor> {
  const shape = new Tensor('int64', BigInt64Array.from(tensor.dims, BigInt), [tensor.dims.length]);
  return must((await session.run({ [SOURCE]: tensor, [SHAPE]: shape }))[COPY], 'a result');
}
