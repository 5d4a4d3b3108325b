// Runs a graph once on the onnx engine.
import { openEngine } from '../../src/engines/open-engine.js';
import type { EngineName } from '../../src/engines/engine.js';
import type { GraphBuilder } from '../../src/graph/builder.js';
import type { HostTensor } from '../../src/graph/host-tensor.js';

export interface GraphRun {
  readonly outputs: Record<string, Float32Array>;
  /** The state after the run. */
  readonly state: Map<string, HostTensor>;
}

export async function runGraph(
  g: GraphBuilder,
  feeds: Readonly<Record<string, Float32Array | Uint8Array>>,
  parameters: ReadonlyMap<string, HostTensor> = new Map(),
  engineName: EngineName = 'onnx',
): Promise<GraphRun> {
  const engine = await openEngine(engineName);
  try {
    const program = await engine.compile(g.build());
    const state = engine.createState(parameters);
    const outputs = await program.run(state, feeds);
    return { outputs, state: await state.read() };
  } finally {
    await engine.dispose();
  }
}

export function plain(...data: number[]): HostTensor {
  return { shape: [data.length], role: 'plain', data: Float32Array.from(data) };
}
