// Sessions of onnxruntime: what it is asked for, per provider.
import { env, InferenceSession } from 'onnxruntime-node';
import { HpoError, messageOf } from '../../study/errors.js';
import type { ModelPort } from '../../graph/onnx/model.js';
import type { Provider } from '../../graph/onnx/provider.js';

export interface SessionSettings {
  readonly provider: Provider;
  /** Of one operator. */
  readonly threads: number;
  /** Whether a session on processors keeps the memory of its runs; default: no. */
  readonly keepsMemory?: boolean;
}

/** Whether a session leaves updates on the device. The binding (1.30) hands buffers over for WebGPU alone. */
export function keepsOnDevice({ provider }: SessionSettings): boolean {
  return provider === 'webgpu';
}

/**
 * What fails is thrown as well as printed, past whatever the process shows; only of a WebGPU device an error may come when no run
 * waits for it. Before the first session, whose process keeps it.
 */
export function quieten(provider: Provider): void {
  env.logLevel = provider === 'webgpu' ? 'error' : 'fatal';
}

/**
 * By default every session keeps what its first run took piece by piece, and as much again in one piece for all others. Here at most the
 * former; else what a run needs goes back to the system's allocator after it.
 */
const memoryOf = ({ keepsMemory = false }: SessionSettings) =>
  ({ enableCpuMemArena: keepsMemory, enableMemPattern: false }) as const;

/** @param updates names of outputs that stay on the device, where the provider can. @throws HpoError ERR_ENGINE. */
export async function createSession(
  model: Uint8Array,
  settings: SessionSettings,
  { outputs, updates }: { readonly outputs: readonly ModelPort[]; readonly updates: readonly ModelPort[] },
): Promise<InferenceSession> {
  const { provider, threads } = settings;
  const location = Object.fromEntries([
    ...outputs.map(({ name }) => [name, 'cpu'] as const),
    ...updates.map(({ name }) => [name, 'gpu-buffer'] as const),
  ]);
  try {
    return await InferenceSession.create(model, {
      // The last takes what the others lack.
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      ...(provider === 'cpu' ? memoryOf(settings) : {}),
      logSeverityLevel: provider === 'webgpu' ? 3 : 4,
      // Threads that wait by spinning would take the time of whatever comes between two runs.
      ...(threads > 1 ? { extra: { session: { intra_op: { allow_spinning: '0' } } } } : {}),
      ...(keepsOnDevice(settings) ? { preferredOutputLocation: location } : {}),
    });
  } catch (cause) {
    throw new HpoError('ERR_ENGINE', `onnxruntime refused the graph: ${messageOf(cause).trim()}`, { cause });
  }
}

/** Why a provider does not start, and what helps. */
export function explainMissing(provider: Provider, cause: unknown): HpoError {
  // A path, a function and a condition come first.
  const said = (
    messageOf(cause)
      .split(/was false\. |refused the graph: /)
      .at(-1) ?? ''
  ).trim();
  return new HpoError('ERR_ENGINE', `${MISSING[provider]} (${said})`, { cause });
}

const MISSING: Readonly<Record<Provider, string>> = {
  cpu: 'onnxruntime does not start',
  cuda: "onnxruntime's CUDA library does not load: it is not part of the npm package, see docs/engines.md",
  webgpu:
    'WebGPU finds no GPU: on Linux it needs a Vulkan driver and its loader, libvulkan1; NVIDIA’s driver also needs libegl1',
};
