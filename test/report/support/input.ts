// Report inputs made from fake studies, with and without everything that is optional.
import type { ReportInput } from '../../../src/report/report-input.js';
import type { TrialEvent } from '../../../src/study/events.js';
import { type FakeOptions, fakeDefinition, fakeEvents, historyOf } from '../../dashboard/support/fake-study.js';

export function inputOf(options: FakeOptions, more: readonly TrialEvent[] = []): ReportInput {
  const history = historyOf([...fakeEvents(options), ...more]);
  const definition = fakeDefinition(options);
  return { name: definition.name, definition, history, madeAt: 0, classNames: ['ants', 'bees'] };
}

const PICTURE = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg"/>')}`;

export function fullInput(options: FakeOptions): ReportInput {
  const input = inputOf(options);
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
    baseline: { description: 'Random weights with the same budget', value: 0.7, curve: [0.5, 0.6, 0.7] },
    mistakes: [{ file: 'val/bees/1.jpg', actual: 'bees', predicted: 'ants', confidence: 0.98, picture: PICTURE }],
    reuse: { imagesComputed: 1000, imagesWithoutReuse: 50_000, secondsSaved: 3600 },
    environment: [['Node', 'v20.9.0']],
    studyPath: 'studies/ants-bees/study.json',
  };
}
