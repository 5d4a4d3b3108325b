// Which engine a study trains on.
import type { ResourcesConfiguration } from '../../study/schema/study-schema.js';
import type { Engine, EngineDevice, EngineName } from '../../trainer/engines/engine.js';
import { HpoError, messageOf } from '../../study/errors.js';

/** What `auto` tries, fastest first. */
const BY_SPEED: readonly EngineName[] = ['onnx', 'wasm', 'cpu'];

export interface ChosenEngine {
  readonly name: EngineName;
  /** What it computes on. */
  readonly device: EngineDevice;
  /** Faster engines that do not start here, with the reasons. */
  readonly warnings: readonly string[];
}

/** The engine of this name, or the fastest that starts. @throws HpoError ERR_ENGINE where none does. */
export async function chooseEngine(
  wanted: ResourcesConfiguration['engine'],
  open: (name: EngineName) => Promise<Engine>,
): Promise<ChosenEngine> {
  const warnings: string[] = [];
  for (const name of wanted === 'auto' ? BY_SPEED : [wanted]) {
    try {
      const engine = await open(name);
      await engine.dispose();
      return { name, device: engine.device, warnings };
    } catch (error) {
      if (wanted !== 'auto') throw error;
      warnings.push(messageOf(error));
    }
  }
  throw new HpoError('ERR_ENGINE', ['no engine starts on this machine:', ...warnings].join('\n  '));
}
