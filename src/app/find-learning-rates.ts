// Range tests of a study, at the depths that its trials have.
import { HpoError } from '../study/errors.js';
import type { Parameters } from '../study/parameters.js';
import type { TrainingConfiguration } from '../study/schema/training-schema.js';
import { checkDepth, trainableBlocks } from '../trainer/finetune/configuration.js';
import { featureNeeds } from '../trainer/finetune/feature-needs.js';
import { TrialWork } from '../features/feature-counter.js';
import { openEngines, openWorkbench } from '../trainer/open-workbench.js';
import { exponentialRates, rangeTest } from '../trainer/range-test/range-test.js';
import { type StudySource, readStudySource } from './files/study-file.js';
import type { Messages } from './messages.js';
import { type ExpectedRate, expectedRates } from './range-test/expected-rates.js';
import { type Suggestion, type TestedDepth, suggestionsOf } from './range-test/suggestion.js';
import { testedConfiguration } from './range-test/tested-configuration.js';
import type { CheckedBackbone } from './setup/check-backbone.js';
import { fetchHubModels } from './weights/missing-weights.js';
import { inputOfStudy, prepareTrainer } from './setup/prepare-trainer.js';
import { oneOf } from '../system/nearest.js';

export interface FindLearningRatesOptions extends Messages {
  /** The lowest and the highest rate. Default: 1e-6 and 10. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Training steps of a run. Default: 100. */
  readonly steps?: number | undefined;
  /** Runs at each depth. Default: 3. */
  readonly repeats?: number | undefined;
  /** Values of unfreezeDepth. Default: 0 and the largest that trials have. */
  readonly depths?: readonly number[] | undefined;
  /** Fields of training, or `backbone`, with the values that the test is to have. Default: the middle of the space. */
  readonly set?: Parameters | undefined;
  /** Downloads no weights. Default: what HPO_OFFLINE says. */
  readonly offline?: boolean | undefined;
  /** Of a study that is given as an object: where its relative paths start. Default: the working folder. */
  readonly directory?: string | undefined;
}

/** Rates among which that of recorded fine-tunings is told. */
const EXPECTED = 141;

export interface RangeTestResult {
  readonly study: string;
  readonly backbone: string;
  readonly engine: string;
  readonly configuration: TrainingConfiguration;
  readonly searched: Parameters;
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly repeats: number;
  readonly tested: readonly TestedDepth[];
  /** Which rates recorded fine-tunings did best with, by depth. */
  readonly expected: readonly ExpectedRate[];
  readonly suggestions: readonly Suggestion[];
}

/**
 * Trains for some steps at rising learning rates, and suggests bounds for the space. Records nothing.
 * @throws HpoError ERR_USAGE where the study has a trainer of its own or `set` names no field, and whatever would keep the study from
 * running.
 */
export async function findLearningRates(
  study: StudySource,
  options: FindLearningRatesOptions = {},
): Promise<RangeTestResult> {
  const { from = 1e-6, to = 10, steps = 100, repeats = 3, set = {}, onProgress, onWarning } = options;
  if (from >= to) throw new HpoError('ERR_USAGE', `expected from below to, got ${from} and ${to}`);
  const source = readStudySource(study, options.directory);
  const { definition } = source;
  await fetchHubModels(definition, options);
  const input = inputOfStudy(source);
  const { configuration, searched, backbone: name } = testedConfiguration(definition, set);
  const checked = chosen(input.backbones, name);
  const { backbone } = checked;
  const blocks = backbone.blocks.length;
  const deepest = Math.min(trainableBlocks(backbone), input.maxDepth);
  const depths = [...new Set(options.depths ?? [0, deepest])];
  for (const depth of depths) checkDepth({ ...configuration, unfreezeDepth: depth }, backbone);

  const maxDepth = Math.max(deepest, ...depths);
  const { settings, engine, warnings, notices } = await prepareTrainer(
    { ...input, backbones: [checked], maxDepth },
    options,
  );
  for (const warning of [...notices, ...warnings]) onWarning?.(warning);
  const engines = await openEngines(engine.name, engine.device);
  const tested: TestedDepth[] = [];
  try {
    const warn = (message: string): void => onWarning?.(message);
    const opened = await openWorkbench({ ...settings, backbone: checked.choice }, engines, { warn });
    const { bench, features, counter } = opened;
    try {
      const rates = exponentialRates(from, to, steps);
      for (const depth of depths) {
        const onRun = (run: number): void => onProgress?.(`depth ${depth}: run ${run} of ${repeats}`);
        const needs = featureNeeds({ ...configuration, unfreezeDepth: depth }, blocks);
        const curve = await rangeTest(
          { ...bench, features: features.of(needs.own), work: new TrialWork(counter) },
          { configuration, depth, rates, repeats, seed: input.seed, onRun },
        );
        tested.push({ depth, curve });
      }
    } finally {
      await opened.close();
    }
  } finally {
    await engines.dispose();
  }
  const rates = exponentialRates(from, to, EXPECTED);
  const expected = expectedRates(definition, checked, configuration, { depths, rates });
  return {
    ...{ study: definition.name, backbone: backbone.name, engine: engine.name, configuration, searched },
    ...{ from, to, steps, repeats, tested, expected },
    suggestions: suggestionsOf(definition, tested, configuration.headEpochs),
  };
}

function chosen(checked: readonly CheckedBackbone[], name: string | undefined): CheckedBackbone {
  const wanted = checked.length === 1 ? checked[0] : checked.find(({ backbone }) => backbone.name === name);
  if (wanted !== undefined) return wanted;
  const names = checked.map(({ backbone }) => backbone.name);
  const expected =
    name === undefined
      ? `one of ${names.join(', ')} as the backbone to set, got none`
      : oneOf(names, name, ' as the backbone to set, got');
  throw new HpoError('ERR_USAGE', `expected ${expected}`);
}
