// The configuration that a range test trains with: what the study fixes, and the middle of what it searches.
import { HpoError } from '../../study/errors.js';
import type { Parameters } from '../../study/parameters.js';
import type { StudyDefinition } from '../../study/schema/parse-study.js';
import { type TrainingConfiguration, isTrainingField } from '../../study/schema/training-schema.js';
import { SearchSpace } from '../../study/space.js';
import { configurationOf } from '../../trainer/finetune/configuration.js';

export interface TestedConfiguration {
  readonly configuration: TrainingConfiguration;
  /** The searched fields that matter to the test, with the values that they have in it. */
  readonly searched: Parameters;
  /** The searched backbone, or what `set` says of it. */
  readonly backbone: string | undefined;
}

/** What the test decides itself. */
const TESTED: readonly string[] = ['learningRate', 'headLearningRate', 'unfreezeDepth', 'backbone'];

/** @param set values in place of the middle of the space. @throws HpoError ERR_USAGE, ERR_STUDY_INVALID. */
export function testedConfiguration(
  { space, training }: Pick<StudyDefinition, 'space' | 'training'>,
  set: Parameters,
): TestedConfiguration {
  const whole = new SearchSpace(space);
  const middle = whole.decode(new Array<number>(whole.dimensions).fill(0.5));
  const unknown = Object.keys(set).find((field) => field !== 'backbone' && !isTrainingField(field));
  if (unknown !== undefined) throw new HpoError('ERR_USAGE', `expected a field of training to set, got ${unknown}`);
  const { backbone, ...parameters } = { ...middle, ...set };
  const searched = Object.entries(parameters).filter(([name]) => name in space && !TESTED.includes(name));
  return {
    configuration: configurationOf(training, parameters),
    searched: Object.fromEntries(searched),
    backbone: backbone === undefined ? undefined : String(backbone),
  };
}
