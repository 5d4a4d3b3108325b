// A model card is Markdown, whatever the classes are called.
import { expect, it } from 'vitest';
import { modelCard } from '../../../src/app/model/model-card.js';
import { TRAINING_DEFAULTS } from '../../../src/study/schema/training-schema.js';

it('Names of classes are text on one line, and neither markup nor cells', () => {
  const classes = ['<!--', 'a|b', 'two\nlines', '![x](http://a/b.png)', 'red\u001b[31m'];
  const card = modelCard({
    configuration: {
      name: 'hostile <b>',
      data: { folder: 'photos', validationSplit: 0.2, testSplit: 0, resize: 'crop', maxCorruptShare: 0.05 },
      backbone: { name: 'quicknet' },
      training: TRAINING_DEFAULTS,
      objective: { metric: 'macroF1', direction: 'maximize' },
      identity: { seed: 1, trial: 0 },
      engine: 'auto',
    },
    inputSize: 64,
    licence: 'It began with weights <b> of somebody.',
    classes,
    formats: ['onnx'],
    images: {
      digest: 'x',
      classes,
      counts: { train: [1, 2, 3, 1, 1], validation: [4, 5, 6, 1, 1], test: [0, 0, 0, 0, 0] },
    },
    results: [],
    origin: ['by f1/<script>'],
    versions: {},
  });
  expect(card).toContain('# hostile &lt;b>\n');
  expect(card).toContain('5 classes (&lt;!--, a|b, two lines, !\\[x](http://a/b.png), red\\u001b\\[31m)');
  expect(card).toContain('| &lt;!-- | 1 | 4 | 0 |\n| a\\|b | 2 | 5 | 0 |\n| two lines | 3 | 6 | 0 |');
  expect(card).toContain('by f1/&lt;script>');
});
