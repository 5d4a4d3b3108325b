// Which trials of a study are trained at once in one slot.
import type { BatchRule } from '../../controller/run-trials.js';
import type { Parameters } from '../../study/parameters.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { openBackbone } from '../../backbones/open-backbone.js';
import type { EngineName } from '../../engines/engine.js';
import { type CnnSettings, backbonesOf, choiceOf } from '../../trainer/cnn-settings.js';
import { configurationOf } from '../../trainer/finetune/configuration.js';
import { type Tail, pooledChannels } from '../../trainer/finetune/tail.js';
import { batchingKey, trialsWorthBatching } from '../../trainer/finetune/batched-trials.js';

/**
 * `resources.lanes`: a number, whatever it costs; 'auto' where it is known to be faster, gives the same bits, and takes nothing from
 * the search. Undefined where no two trials will be.
 */
export function batchRule(
  { resources: { lanes }, training }: Pick<StudyDefinition, 'resources' | 'training'>,
  settings: Pick<CnnSettings, 'backbone'>,
  classes: number,
  engine: EngineName,
): BatchRule | undefined {
  if (lanes === 1 || (lanes === 'auto' && engine !== 'onnx')) return undefined;
  const tailOf = ({ backbone: chosen }: Parameters): Omit<Tail, 'depth'> => {
    const choice = choiceOf(backbonesOf(settings), chosen === undefined ? undefined : String(chosen));
    const backbone = openBackbone(choice);
    return { backbone, inputSize: choice.inputSize ?? backbone.inputSize, classes };
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
