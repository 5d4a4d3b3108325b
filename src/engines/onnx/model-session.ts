// Runs a model file that a person has, as it is: one array of pixels in, one array of numbers out.
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { Provider } from '../../graph/onnx/provider.js';
import { HpoError, messageOf } from '../../study/errors.js';
import { createSession, quieten } from './session.js';

export interface ModelPorts {
  readonly input: string;
  readonly output: string;
}

export class ModelSession {
  private constructor(
    private readonly session: InferenceSession,
    private readonly ports: ModelPorts,
  ) {}

  /** @throws HpoError ERR_WEIGHTS where the model lacks a port, ERR_ENGINE where onnxruntime refuses it. */
  static async open(model: Uint8Array, provider: Provider, ports: ModelPorts): Promise<ModelSession> {
    quieten(provider);
    const session = await createSession(model, { provider, threads: 1 }, { outputs: [], updates: [] });
    const { inputNames, outputNames } = session;
    if (inputNames.includes(ports.input) && inputNames.length === 1 && outputNames.includes(ports.output)) {
      return new ModelSession(session, ports);
    }
    await session.release();
    const got = `${inputNames.join(', ')} and ${outputNames.join(', ')}`;
    throw new HpoError('ERR_WEIGHTS', `expected the input ${ports.input} and the output ${ports.output}, got ${got}`);
  }

  /** @param pixels of the input's shape. @throws HpoError ERR_ENGINE_FAILED, also where the model expects another shape. */
  async run(pixels: Uint8Array, shape: readonly number[]): Promise<Float32Array> {
    const { input, output } = this.ports;
    try {
      const results = await this.session.run({ [input]: new Tensor('uint8', pixels, shape) }, [output]);
      const data = results[output]?.data;
      if (data instanceof Float32Array) return data;
      throw new TypeError(`expected float32 numbers at ${output}`);
    } catch (cause) {
      throw new HpoError('ERR_ENGINE_FAILED', `the model failed: ${messageOf(cause)}`, { cause });
    }
  }

  close(): Promise<void> {
    return this.session.release();
  }
}
