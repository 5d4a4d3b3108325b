// Strategies: presets, defaults, and the identity of their randomness.
import { describe, expect, it } from 'vitest';
import { OPERATIONS, type OperationSpecification } from '../../../src/study/augmentation-operations.js';
import {
  type AugmentationStrategy,
  PRESETS,
  augmentationStream,
  digestOfStrategy,
  strategyOf,
  viewsOf,
} from '../../../src/images/augmentation/strategy.js';

describe('operations', () => {
  it.each(Object.entries<OperationSpecification>(OPERATIONS))(
    '%s has defaults within its limits',
    (_, { parameters }) => {
      for (const { limits, default: range } of Object.values(parameters)) {
        expect([limits[0], range[0], range[1], limits[1]]).toEqual(
          [limits[0], ...range, limits[1]].sort((a, b) => a - b),
        );
      }
    },
  );

  it('are completed with defaults', () => {
    expect(strategyOf([{ type: 'crop', area: [0.5, 1] }]).operations).toEqual([
      { type: 'crop', probability: 1, area: [0.5, 1], aspect: OPERATIONS.crop.parameters.aspect.default },
    ]);
  });
});

describe('presets', () => {
  it.each(Object.entries<AugmentationStrategy>(PRESETS))('%s stays within the limits', (_, { operations }) => {
    for (const operation of operations) {
      const { parameters }: OperationSpecification = OPERATIONS[operation.type];
      for (const [name, { limits }] of Object.entries(parameters)) {
        const [low, high] = (operation as unknown as Record<string, [number, number]>)[name] ?? [NaN, NaN];
        expect(low).toBeGreaterThanOrEqual(limits[0]);
        expect(high).toBeLessThanOrEqual(limits[1]);
      }
    }
  });

  it('have one view if they are the identity, else as many as are asked for', () => {
    expect(viewsOf(PRESETS.none, 4)).toBe(1);
    expect(viewsOf(PRESETS.flip, 4)).toBe(4);
  });
});

describe('digests', () => {
  it('differ between presets', () => {
    expect(new Set(Object.values(PRESETS).map(digestOfStrategy)).size).toBe(Object.keys(PRESETS).length);
  });

  it('do not see the order of keys, nor whether a default was written out', () => {
    const a = strategyOf([{ type: 'zoom', probability: 0.5, factor: [0.9, 1.1] }]);
    const b: AugmentationStrategy = { operations: [{ factor: [0.9, 1.1], probability: 0.5, type: 'zoom' }] };
    expect(digestOfStrategy(a)).toBe(digestOfStrategy(b));
    expect(digestOfStrategy(strategyOf([{ type: 'zoom', probability: 0.5 }]))).toBe(digestOfStrategy(a));
  });

  it('see the order of operations and every range', () => {
    const strategies = [
      strategyOf([{ type: 'fog' }, { type: 'rain' }]),
      strategyOf([{ type: 'rain' }, { type: 'fog' }]),
      strategyOf([{ type: 'rain' }, { type: 'fog', density: [0.1, 0.2] }]),
    ];
    expect(new Set(strategies.map(digestOfStrategy)).size).toBe(3);
  });
});

describe('streams', () => {
  it('depend on every part of the identity', () => {
    const streams = [
      augmentationStream(1, 'a', 'b', 0),
      augmentationStream(2, 'a', 'b', 0),
      augmentationStream(1, 'c', 'b', 0),
      augmentationStream(1, 'a', 'c', 0),
      augmentationStream(1, 'a', 'b', 1),
    ];
    expect(new Set(streams.map((stream) => stream.next())).size).toBe(5);
  });

  it('start over for the same identity', () => {
    expect(augmentationStream(1, 'a', 'b', 0).next()).toBe(augmentationStream(1, 'a', 'b', 0).next());
  });
});
