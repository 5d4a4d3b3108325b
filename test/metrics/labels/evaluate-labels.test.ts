// Metrics of several labels an image: by hand, and as scikit-learn has them.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { evaluateLabels } from '../../../src/metrics/labels/evaluate-labels.js';
import type { ScoredLabels } from '../../../src/metrics/labels/scored-labels.js';
import { labelMetricNames } from '../../../src/metrics/metric-names.js';
import { pythonWith } from '../../report/support/python.js';
import { randomLabels } from './random-labels.js';

const NAMES = ['boat', 'car'];
/** Image 2 has no label; the car of image 1 is missed, and one is seen in image 2. */
const scored: ScoredLabels = {
  labels: [[0], [0, 1], []],
  probabilities: Float32Array.of(0.9, 0.1, 0.8, 0.3, 0.2, 0.7),
  classCount: 2,
};

describe('metrics of labels', () => {
  it('follow from hits, misses and false alarms', () => {
    const { metrics, confusions, perLabel } = evaluateLabels(scored, NAMES, [0.5, 0.5]);
    expect(confusions).toEqual([
      [
        [1, 0],
        [0, 2],
      ],
      [
        [1, 1],
        [1, 0],
      ],
    ]);
    expect(perLabel.map(({ support }) => support)).toEqual([2, 1]);
    expect(metrics).toMatchObject({
      macroF1: 0.5,
      microPrecision: 2 / 3,
      microRecall: 2 / 3,
      microF1: 2 / 3,
      weightedF1: 2 / 3,
      exactMatch: 1 / 3,
      'f1/boat': 1,
      'f1/car': 0,
      'averagePrecision/boat': 1,
      'averagePrecision/car': 0.5,
      meanAveragePrecision: 0.75,
      'rocAuc/car': 0.5,
      meanRocAuc: 0.75,
    });
    const loss = -[0.9, 0.9, 0.8, 0.3, 0.8, 0.3].reduce((sum, right) => sum + Math.log(right), 0) / 6;
    expect(metrics['logLoss']).toBeCloseTo(loss, 6);
  });

  it('have the names that an objective may have', () => {
    const { metrics } = evaluateLabels(scored, NAMES, [0.5, 0.5]);
    expect(Object.keys(metrics).sort()).toEqual(labelMetricNames(NAMES).sort());
  });

  it('of rankings are left out where no image has a label', () => {
    const none = { ...scored, labels: [[0], [0], []] };
    const { metrics } = evaluateLabels(none, NAMES, [0.5, 0.5]);
    expect(metrics).not.toHaveProperty('averagePrecision/car');
    expect(metrics).not.toHaveProperty('rocAuc/car');
    expect(metrics['meanAveragePrecision']).toBe(1);
  });

  it('of outputs that are no numbers are an error that says where', () => {
    const broken = { ...scored, probabilities: Float32Array.of(0.9, 0.1, 0.8, NaN, 0.2, 0.7) };
    expect(() => evaluateLabels(broken, NAMES)).toThrow(
      expect.objectContaining({ code: 'ERR_DIVERGED', message: expect.stringContaining('label 1 of image 1') }),
    );
  });

  const python = pythonWith('sklearn');
  it.skipIf(python === undefined)('are those of scikit-learn', { timeout: 60_000 }, () => {
    const random = randomLabels(120, 4, 0.4);
    const thresholds = [0.5, 0.4, 0.3, 0.2];
    const names = ['a', 'b', 'c', 'd'];
    const { metrics, confusions } = evaluateLabels(random, names, thresholds);
    const rows = random.labels.map((ofImage) => names.map((_, k) => (ofImage.includes(k) ? 1 : 0)));
    const input = JSON.stringify({ rows, probabilities: [...(random.probabilities as Float32Array)], thresholds });
    const { stdout, stderr } = spawnSync(python ?? '', ['-c', PROGRAM], { input, encoding: 'utf8' });
    expect(stderr).toBe('');
    const expected = JSON.parse(stdout) as { metrics: Record<string, number>; confusions: number[][][] };
    for (const [name, value] of Object.entries(expected.metrics)) expect(metrics[name], name).toBeCloseTo(value, 6);
    expect(confusions).toEqual(expected.confusions);
  });
});

const PROGRAM = `
import json, sys
import numpy as np
from sklearn import metrics as m
given = json.load(sys.stdin)
y = np.array(given['rows'])
p = np.array(given['probabilities'], dtype=np.float32).reshape(y.shape)
said = (p >= np.array(given['thresholds'])).astype(int)
found = {}
for average in ['macro', 'micro']:
    precision, recall, f1, _ = m.precision_recall_fscore_support(y, said, average=average)
    found[average + 'Precision'], found[average + 'Recall'], found[average + 'F1'] = precision, recall, f1
found['weightedF1'] = m.f1_score(y, said, average='weighted')
found['exactMatch'] = m.accuracy_score(y, said)
found['meanAveragePrecision'] = m.average_precision_score(y, p, average='macro')
found['meanRocAuc'] = m.roc_auc_score(y, p, average='macro')
found['averagePrecision/b'] = m.average_precision_score(y[:, 1], p[:, 1])
found['logLoss'] = np.mean([m.log_loss(y[:, k], p[:, k]) for k in range(y.shape[1])])
print(json.dumps({'metrics': found, 'confusions': m.multilabel_confusion_matrix(y, said).tolist()}))
`;
