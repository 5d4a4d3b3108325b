// Which trials of a study are trained at once in one slot.
import type { BatchRule } from '../../controller/run-trials.js';
import type { Parameters } from '../../study/parameters.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { getBackbone } from '../../backbones/registry.js';
import type { EngineName } from '../../engines/engine.js';
import { configurationOf } from '../../trainer/finetune/configuration.js';
import { type Tail, pooledChannels } from '../../trainer/finetune/tail.js';
import { batchingKey, trialsWorthBatching } from '../../trainer/finetune/batched-trials.js';

/**
 * `resources.lanes`: a number, whatever it costs; 'auto' where it is known to be faster, gives the same bits, and takes nothing from
 * the search. Undefined where no two trials will be.
 */
export function batchRule(
  { resources: { lanes }, training, backbone }: Pick<StudyDefinition, 'resources' | 'training' | 'backbone'>,
  classes: number,
  engine: EngineName,
): BatchRule | undefined {
  if (lanes === 1 || (lanes === 'auto' && engine !== 'onnx')) return undefined;
  const tailOf = ({ backbone: chosen }: Parameters): Omit<Tail, 'depth'> => {
    const found = getBackbone(String(chosen ?? backbone?.name));
    return { backbone: found, inputSize: backbone?.inputSize ?? found.inputSize, classes };
  };
  const keyOf = (parameters: Parameters): string | undefined =>
    batchingKey(configurationOf(training, parameters), tailOf(parameters));
  return {
    early: lanes !== 'auto',
    fits: (lead, other) => keyOf(lead.parameters) === keyOf(other.parameters),
    most({ parameters, source }) {
      if (source === 'baseline' || keyOf(parameters) === undefined) return 1;
      if (lanes !== 'auto') return lanes;
      const { batchSize } = configurationOf(training, parameters);
      return trialsWorthBatching({ channels: pooledChannels(tailOf(parameters)), classes, batchSize });
    },
  };
}
