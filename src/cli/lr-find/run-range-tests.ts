// Range tests of a study, at the depths that its trials have.
import { GIGABYTE } from '../setup/prepare-trainer.js';
import { HpoError } from '../../study/errors.js';
import type { Parameters } from '../../study/parameters.js';
import type { TrainingConfiguration } from '../../study/schema/training-schema.js';
import { openEngines, openWorkbench } from '../../trainer/open-workbench.js';
import { featureNeeds } from '../../trainer/finetune/feature-needs.js';
import { checkDepth } from '../../trainer/finetune/configuration.js';
import { exponentialRates, rangeTest } from '../../trainer/range-test/range-test.js';
import type { LrFindOptions } from '../commands/lr-find.js';
import { besideIndexing } from '../setup/beside-indexing.js';
import { chooseEngineFor } from '../setup/engine-sources.js';
import { type CheckedBackbone, checkBackbones } from '../setup/check-backbone.js';
import { cnnSettings } from '../setup/cnn-settings.js';
import { largestValue } from '../setup/field-values.js';
import { thisMachine, workerShare } from '../setup/machine.js';
import type { StudyFromFile } from '../study-file.js';
import type { Outlet } from '../terminal.js';
import { type Suggestion, type TestedDepth, suggestionsOf } from './suggestion.js';
import { testedConfiguration } from './tested-configuration.js';

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
  readonly suggestions: readonly Suggestion[];
}

/** @throws HpoError for whatever would keep the study from running. */
export async function runRangeTests(
  { definition, directory }: StudyFromFile,
  options: LrFindOptions,
  err: Outlet,
): Promise<RangeTestResult> {
  const { data, search } = definition;
  if (data === undefined) {
    throw new HpoError('ERR_USAGE', 'expected a study of the built-in trainer, got one with a trainer of its own');
  }
  const { configuration, searched, backbone: name } = testedConfiguration(definition, options.set);
  const { backbone, choice } = chosen(checkBackbones(definition, directory), name);
  const blocks = backbone.blocks.length;
  const deepest = Math.min(blocks, largestValue(definition, 'unfreezeDepth'));
  const depths = [...new Set(options.depth ?? [0, deepest])];
  for (const depth of depths) checkDepth({ ...configuration, unfreezeDepth: depth }, backbone.name, blocks);
  const [index, engine] = await besideIndexing({ data, directory, seed: search.seed }, err, (meanwhile) =>
    chooseEngineFor(definition.resources.engine, { meanwhile }),
  );
  const settings = cnnSettings({
    study: definition.name,
    ...{ data, index, backbone: choice, training: definition.training, augmentations: definition.augmentations },
    ...{ objective: definition.objective, seed: search.seed, engine: engine.name, reuse: true },
    ...workerShare(1, thisMachine()),
    cacheBudget: definition.resources.featureBudget * GIGABYTE,
    maxDepth: Math.max(deepest, ...depths),
  });
  const warn = (message: string): void => err.line(`${err.style.yellow('warning:')} ${message}`);
  [...engine.warnings, ...index.warnings].forEach(warn);
  const engines = await openEngines(engine.name);
  const { bench, features } = await openWorkbench(settings, engines, { warn });
  const { steps, repeats } = options;
  const rates = exponentialRates(options.from, options.to, steps);
  const tested: TestedDepth[] = [];
  try {
    for (const depth of depths) {
      const onRun = (run: number): void => err.line(err.style.dim(`depth ${depth}: run ${run} of ${repeats}`));
      const source = features.of(featureNeeds({ ...configuration, unfreezeDepth: depth }, blocks));
      const curve = await rangeTest(
        { ...bench, features: source },
        { configuration, depth, rates, repeats, seed: search.seed, onRun },
      );
      tested.push({ depth, curve });
    }
  } finally {
    await engines.engine.dispose();
  }
  return {
    ...{ study: definition.name, backbone: backbone.name, engine: engine.name, configuration, searched },
    ...{ from: options.from, to: options.to, steps, repeats, tested },
    suggestions: suggestionsOf(definition, tested, configuration.headEpochs),
  };
}

function chosen(checked: readonly CheckedBackbone[], name: string | undefined): CheckedBackbone {
  const wanted = checked.length === 1 ? checked[0] : checked.find(({ backbone }) => backbone.name === name);
  if (wanted !== undefined) return wanted;
  const names = checked.map(({ backbone }) => backbone.name).join(', ');
  throw new HpoError('ERR_USAGE', `expected one of ${names} as the backbone at --set, got ${name ?? 'none'}`);
}
