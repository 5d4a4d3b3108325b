// The entries that a phase begins with, for the toy network.
import { openEngine } from '../../../../src/engines/open-engine.js';
import type { HostTensor } from '../../../../src/graph/host-tensor.js';
import type { Precision } from '../../../../src/study/precision.js';
import { enterPhase } from '../../../../src/trainer/finetune/phase-state.js';
import { toyBench, toyPlan } from './toy-bench.js';

/** @param before what the phase before ended with. */
export async function phaseStart(
  precision: Precision,
  before?: ReadonlyMap<string, HostTensor>,
): Promise<Map<string, HostTensor>> {
  const engine = await openEngine('cpu');
  try {
    const bench = toyBench(engine);
    const earlier = before === undefined ? undefined : engine.createState(before);
    const state = await enterPhase(bench, toyPlan('unused', { precision }), { ...bench, depth: 1 }, earlier);
    return await state.read();
  } finally {
    await engine.dispose();
  }
}
