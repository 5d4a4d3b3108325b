// A trainer of your own: logistic regression on points in a plane, with a checkpoint after each epoch.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Called once in each slot, with `trainer.settings` of study.json. */
export function createTrain({ epochs, points }) {
  const training = drawPoints(points, 1);
  const validation = drawPoints(points, 2);

  return async function* train(assignment, context) {
    const { rate, l2 } = assignment.parameters;
    const checkpoint = join(assignment.directory, 'checkpoint.json');
    let { epoch, weights, report } = load(checkpoint) ?? { epoch: 0, weights: [0, 0, 0], report: undefined };
    // A trial that continues repeats its last report. The study drops it if it has it already.
    if (report !== undefined) yield report;

    while (epoch < epochs) {
      epoch++;
      weights = takeStep(weights, training, rate, l2);
      if (!weights.every(Number.isFinite)) {
        throw Object.assign(new Error(`a weight is not finite at epoch ${epoch}`), { code: 'ERR_DIVERGED' });
      }
      context.log(`trial ${assignment.trial}, epoch ${epoch}: weights ${weights.map((weight) => weight.toFixed(3))}`);
      report = { epoch, metrics: { accuracy: accuracyOf(weights, validation), loss: lossOf(weights, validation) } };
      save(checkpoint, { epoch, weights, report });
      yield report; // the study may end the trial here
    }
  };
}

/** Points of two classes that a line separates, except for some noise; the same for the same seed. */
function drawPoints(count, seed) {
  let state = seed;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  return Array.from({ length: count }, () => {
    const [x, y] = [2 * random() - 1, 2 * random() - 1];
    return { x, y, label: 2 * x - y + 0.3 > 0.8 * (random() - 0.5) ? 1 : 0 };
  });
}

function probability([a, b, c], { x, y }) {
  return 1 / (1 + Math.exp(-(a * x + b * y + c)));
}

function takeStep(weights, points, rate, l2) {
  const gradient = weights.map((weight) => 2 * l2 * weight);
  for (const point of points) {
    const error = (probability(weights, point) - point.label) / points.length;
    [point.x, point.y, 1].forEach((input, i) => (gradient[i] += error * input));
  }
  return weights.map((weight, i) => weight - rate * gradient[i]);
}

function accuracyOf(weights, points) {
  return points.filter((point) => (probability(weights, point) > 0.5 ? 1 : 0) === point.label).length / points.length;
}

function lossOf(weights, points) {
  const losses = points.map((point) => {
    const right = point.label === 1 ? probability(weights, point) : 1 - probability(weights, point);
    return -Math.log(Math.max(right, 1e-12));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / points.length;
}

function load(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a second file, then renames it: after a kill there is the old checkpoint or the new one, never half of one. */
function save(path, state) {
  writeFileSync(`${path}.new`, JSON.stringify(state));
  renameSync(`${path}.new`, path);
}
