// Report inputs made from fake studies, with and without everything that is optional.
import type { ReportInput } from '../../../src/report/report-input.js';
import type { TrialEvent } from '../../../src/study/events.js';
import type { Parameters } from '../../../src/study/parameters.js';
import { type FakeOptions, fakeDefinition, fakeEvents, historyOf } from '../../dashboard/support/fake-study.js';

export function inputOf(options: FakeOptions, more: readonly TrialEvent[] = []): ReportInput {
  const history = historyOf([...fakeEvents(options), ...more]);
  const definition = fakeDefinition(options);
  const counts = { train: [124, 121], validation: [83, 70], test: [] };
  const images = { digest: 'made up', classes: ['ants', 'bees'], counts };
  return { name: definition.name, definition, history, madeAt: 0, images };
}

const PICTURE = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg"/>')}`;

export function fullInput(options: FakeOptions): ReportInput {
  const input = withBaseline(options);
  const names = Object.keys(input.definition.space);
  return {
    ...input,
    importance: names.map((name, i) => ({ name, share: (names.length - i) / 21 })),
    partialDependence: [
      {
        name: 'learningRate',
        points: [1e-5, 1e-4, 1e-3, 1e-2].map((value, i) => ({ value, mean: 0.8 + i / 50, low: 0.78, high: 0.9 })),
      },
      { name: 'augmentation', points: ['none', 'flip'].map((value) => ({ value, mean: 0.8 })) },
    ],
    mistakes: [{ file: 'val/bees/1.jpg', actual: 'bees', predicted: 'ants', confidence: 0.98, picture: PICTURE }],
    environment: [['Node', 'v20.9.0']],
    studyPath: 'studies/ants-bees/study.json',
  };
}

/** The best configuration from random weights, at the end. */
function withBaseline(options: FakeOptions): ReportInput {
  const { history } = inputOf(options);
  const { best, trials } = history;
  if (best === undefined) return inputOf(options);
  const at = Math.max(...trials.map(({ endedAt }) => endedAt ?? 0));
  return inputOf(options, baselineOf(best.parameters, trials.length, undefined, at));
}

/** @param at milliseconds since 1970; it takes a minute. */
export function baselineOf(parameters: Parameters, trial: number, values = [0.5, 0.6, 0.7], at = 0): TrialEvent[] {
  return [
    { type: 'asked', trial, parameters, source: 'baseline', at },
    { type: 'started', trial, slot: 0, at },
    ...values.map((macroF1, i): TrialEvent => {
      return { type: 'reported', trial, report: { epoch: i + 1, metrics: { macroF1 } }, at };
    }),
    { type: 'told', trial, outcome: { status: 'completed' }, at: at + 60_000 },
  ];
}
