import { expect, it } from 'vitest';
import { RandomStream } from '../../src/math/random.js';
import { countMetric } from '../../src/metrics/count-metrics.js';
import { correctedForSelection } from '../../src/metrics/selection-bias.js';
import { must } from '../../src/system/must.js';

const CLASSES = ['ant', 'bee'];
const accuracy = must(countMetric('accuracy', CLASSES), 'the accuracy');
const question = { classes: CLASSES, metric: 'accuracy', measure: accuracy, random: RandomStream.of('bias') };

/** Predictions that are right with this probability. */
function guesses(labels: readonly number[], share: number, random: RandomStream): number[] {
  return labels.map((label) => (random.next() < share ? label : 1 - label));
}

function labelsOf(images: number): number[] {
  return Array.from({ length: images }, (_, i) => i % 2);
}

it('expects of the best of equal trials what each of them is worth', () => {
  const studies = Array.from({ length: 30 }, (_, study) => {
    const random = RandomStream.of('equal trials', study);
    const labels = labelsOf(60);
    const runs = Array.from({ length: 20 }, () => guesses(labels, 0.7, random));
    const best = Math.max(...runs.map((run) => run.filter((said, i) => said === labels[i]).length / 60));
    const candidates = runs.map((run) => ({ runs: [[run]] }));
    const found = must(correctedForSelection({ ...question, labels, candidates }), 'an estimate');
    return { best, found };
  });
  const mean = (of: (study: (typeof studies)[number]) => number): number =>
    studies.reduce((sum, study) => sum + of(study), 0) / studies.length;
  expect(mean(({ best }) => best)).toBeGreaterThan(0.78);
  expect(mean(({ found }) => found.value)).toBeGreaterThan(0.68);
  expect(mean(({ found }) => found.value)).toBeLessThan(0.72);
  const held = studies.filter(({ found }) => found.low <= 0.7 && 0.7 <= found.high);
  expect(held.length).toBeGreaterThanOrEqual(27);
});

it('takes nothing from a trial that no other comes near', () => {
  const labels = labelsOf(100);
  const good = labels.map((label, i) => (i < 95 ? label : 1 - label));
  const poor = labels.map((label, i) => (i < 50 ? label : 1 - label));
  const found = correctedForSelection({ ...question, labels, candidates: [{ runs: [[poor]] }, { runs: [[good]] }] });
  expect(found?.value).toBeCloseTo(0.95, 10);
});

it('takes the choice of an epoch for a choice', () => {
  const random = RandomStream.of('epochs');
  const labels = labelsOf(60);
  const epochs = Array.from({ length: 20 }, () => guesses(labels, 0.7, random));
  const best = Math.max(...epochs.map((epoch) => epoch.filter((said, i) => said === labels[i]).length / 60));
  const found = must(correctedForSelection({ ...question, labels, candidates: [{ runs: [epochs] }] }), 'an estimate');
  expect(found.value).toBeLessThan(best - 0.03);
});

it('chooses among repeated configurations by their mean', () => {
  const labels = labelsOf(100);
  const right = (share: number): number[] => labels.map((label, i) => (i % 100 < share * 100 ? label : 1 - label));
  const lucky = { runs: [[right(0.95)], [right(0.6)], [right(0.6)]] };
  const steady = { runs: [[right(0.9)], [right(0.9)], [right(0.9)]] };
  const candidates = [lucky, steady];
  expect(correctedForSelection({ ...question, labels, candidates })?.value).toBeCloseTo(0.95, 10);
  expect(correctedForSelection({ ...question, labels, candidates, confirmed: 2 })?.value).toBeCloseTo(0.9, 10);
});

it('gives the same estimate where hopeless trials are beside', () => {
  const random = RandomStream.of('hopeless');
  const labels = labelsOf(80);
  const near = Array.from({ length: 5 }, () => ({ runs: [[guesses(labels, 0.85, random)]] }));
  const far = Array.from({ length: 500 }, () => ({ runs: [[guesses(labels, 0.2, random)]] }));
  const alone = must(correctedForSelection({ ...question, labels, candidates: near }), 'an estimate');
  const beside = must(correctedForSelection({ ...question, labels, candidates: [...near, ...far] }), 'an estimate');
  expect(beside.value).toBeCloseTo(alone.value, 3);
});

it('says nothing without images or candidates', () => {
  expect(correctedForSelection({ ...question, labels: [], candidates: [{ runs: [[[]]] }] })).toBeUndefined();
  expect(correctedForSelection({ ...question, labels: [0, 1], candidates: [] })).toBeUndefined();
});
