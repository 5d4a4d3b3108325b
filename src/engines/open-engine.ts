// Opens engines by name; the one place that knows which there are. Only the library of the chosen one is loaded.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { HpoError, messageOf } from '../study/errors.js';
import { disableTelemetry } from '../system/telemetry.js';
import type { Tfjs } from '../graph/tfjs/lowering.js';
import type { Engine, EngineDevice, EngineName } from './engine.js';
import type { ModelPorts, ModelSession } from './onnx/model-session.js';
import { debugOf } from '../system/debug.js';

const debug = debugOf('engine');

export interface EngineOptions {
  /** Threads of one operation, where the engine has them; default 1. */
  readonly threads?: number;
  /** The folder of a TensorFlow binding; default the one that `hpo engine install` made for this user. */
  readonly installation?: string;
}

/** Throws ERR_ENGINE where the engine is not installed or does not run on this machine. */
export async function openEngine(name: EngineName, options: EngineOptions = {}): Promise<Engine> {
  debug(() => `opens ${name} ${JSON.stringify(options)}`);
  try {
    switch (name) {
      case 'onnx':
      case 'cuda':
      case 'webgpu': {
        checkTelemetry(); // before its library is loaded
        const { openOnnxEngine } = await import('./onnx/engine.js');
        return await openOnnxEngine({ provider: name === 'onnx' ? 'cpu' : name, ...options });
      }
      case 'torch': {
        const { openTorchEngine } = await import('./torch/engine.js');
        return await openTorchEngine({ threads: options.threads ?? 1 });
      }
      case 'tensorflow': {
        const { loadTensorflow } = await import('./tensorflow/load.js');
        const { tf, onGpu } = await loadTensorflow(options);
        return await openTfjs('tensorflow', tf, onGpu ? 'cuda' : 'cpu');
      }
      case 'wasm':
        return await openWasm();
      case 'cpu':
        return await openCpu();
    }
  } catch (cause) {
    if (cause instanceof HpoError) throw cause;
    throw new HpoError('ERR_ENGINE', `the ${name} engine does not start: ${messageOf(cause)}`, { cause });
  }
}

/** A model file as it is, on one of onnxruntime's engines. The caller closes it. @throws HpoError ERR_ENGINE, ERR_WEIGHTS. */
export async function openOnnxModel(model: Uint8Array, name: EngineName, ports: ModelPorts): Promise<ModelSession> {
  if (name !== 'onnx' && name !== 'cuda' && name !== 'webgpu') {
    throw new HpoError('ERR_ENGINE', `expected engine onnx, cuda or webgpu for an ONNX file, got ${name}`);
  }
  checkTelemetry();
  const { ModelSession } = await import('./onnx/model-session.js');
  return ModelSession.open(model, name === 'onnx' ? 'cpu' : name, ports);
}

function checkTelemetry(): void {
  if (disableTelemetry()) return;
  const message =
    'onnxruntime sends usage reports to its maker unless ORT_DISABLE_TELEMETRY=1 is set in the environment of the process. ' +
    'A worker thread cannot set it: set it before Node starts, or at the top of the main thread';
  throw new HpoError('ERR_ENGINE', message);
}

async function openCpu(): Promise<Engine> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  return openTfjs('cpu', tf);
}

async function openWasm(): Promise<Engine> {
  const tf = await import('@tensorflow/tfjs-core');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(main)}/`);
  return openTfjs('wasm', tf);
}

async function openTfjs(name: 'cpu' | 'wasm' | 'tensorflow', tf: Tfjs, device: EngineDevice = 'cpu'): Promise<Engine> {
  // Otherwise the library prints advice to install its native binding.
  tf.enableProdMode();
  const started = await tf.setBackend(name);
  if (!started) throw new HpoError('ERR_ENGINE', `the ${name} engine does not start on this machine`);
  const { openTfjsEngine } = await import('./tfjs/engine.js');
  return openTfjsEngine(name, tf, device);
}
