// What curves beside the leader's let expect.
import { expect, it } from 'vitest';
import { COEFFICIENTS } from '../../../src/search/prior/coefficients.js';
import { LearningCurves, recordedEpoch } from '../../../src/search/prior/learning-curves.js';

const curves = new LearningCurves(COEFFICIENTS.curves);

it.each([
  { epochs: 20, early: 0.22, late: 0.82 },
  { epochs: 20, early: 0.34, late: 0.85 },
  { epochs: 10, early: 0.39, late: 0.82 },
  { epochs: 30, early: 0.1, late: 0.99 },
])(
  'a trial that is where a slow leader was is not foretold to end behind it beyond doubt, %o',
  ({ epochs, early, late }) => {
    const point = { value: early, half: early / 2, z: 0 };
    const [from, to] = [recordedEpoch(2, epochs), recordedEpoch(epochs, epochs)];
    const { mean, deviation } = curves.beside(point, point, late, from, to);
    expect(mean).toBeGreaterThanOrEqual(late - deviation - 1e-12);
    const ahead = curves.beside({ ...point, value: early + 0.02 }, point, late, from, to);
    expect(ahead.mean).toBeGreaterThanOrEqual(late - ahead.deviation - 1e-12);
  },
);

it('a trial that is far behind is foretold to stay behind', () => {
  const leader = { value: 0.8, half: 0.75, z: 0 };
  const { mean, deviation } = curves.beside({ value: 0.3, half: 0.29, z: -1 }, leader, 0.85, 8, 50);
  expect(mean + 2 * deviation).toBeLessThan(0.85);
});
