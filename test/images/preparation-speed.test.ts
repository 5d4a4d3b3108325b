// How fast images are prepared, and what a GPU waits for them.
import { describe, expect, it } from 'vitest';
import { preparationSpeed } from '../../src/images/preparation-speed.js';
import { waitingFor } from '../../src/images/preparation-wait.js';

describe('preparationSpeed', () => {
  it('is measured', async () => {
    const { decoded, augmented } = await preparationSpeed(1);
    expect(decoded).toBeGreaterThan(0);
    expect(augmented).toBeGreaterThan(0);
  });
});

describe('waitingFor', () => {
  // 1/300 + 1/600 seconds an image: 200 images a second and core.
  const speed = { decoded: 300, augmented: 600 };

  it('is the share of time that cores lack', () => {
    expect(waitingFor(speed, 4, 1600)).toBeCloseTo(0.5);
    expect(waitingFor(speed, 1, 1000)).toBeCloseTo(0.8);
  });

  it('is nothing where cores prepare as many as are taken', () => {
    expect(waitingFor(speed, 4, 800)).toBeCloseTo(0);
    expect(waitingFor(speed, 8, 800)).toBe(0);
  });
});
