// Which blocks are trained in which epochs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRAINING_DEFAULTS, type TrainingConfiguration } from '../../src/study/schema/training-schema.js';
import { fullDepthFrom, isShortened, phaseAt, phasesOf, scheduledPart } from '../../src/study/phases.js';

const configuration = (options: Partial<TrainingConfiguration>): TrainingConfiguration => ({
  ...TRAINING_DEFAULTS,
  ...options,
});

/** The depth trained in each epoch. */
function depths(options: Partial<TrainingConfiguration>): number[] {
  const full = configuration(options);
  const phases = phasesOf(full);
  return Array.from({ length: full.epochs }, (_, i) => phaseAt(phases, i + 1).depth);
}

describe('phases', () => {
  it('train the head alone where nothing is unfrozen', () => {
    expect(depths({ epochs: 4, unfreezeDepth: 0 })).toEqual([0, 0, 0, 0]);
  });

  it('train the head first, then all blocks at once', () => {
    expect(depths({ epochs: 5, headEpochs: 2, unfreezeDepth: 3 })).toEqual([0, 0, 3, 3, 3]);
  });

  it('can do without a head phase', () => {
    expect(depths({ epochs: 2, headEpochs: 0, unfreezeDepth: 1 })).toEqual([1, 1]);
  });

  it('unfreeze block by block and stay at the depth asked for', () => {
    const options = { epochs: 7, headEpochs: 1, unfreezeDepth: 3, unfreezing: 'gradual', unfreezeEvery: 2 } as const;
    expect(depths(options)).toEqual([0, 1, 1, 2, 2, 3, 3]);
  });

  it('leave the blocks at least one epoch, however long the head phase should be', () => {
    expect(depths({ epochs: 2, headEpochs: 5, unfreezeDepth: 9 })).toEqual([0, 9]);
    expect(depths({ epochs: 1, headEpochs: 2, unfreezeDepth: 1 })).toEqual([1]);
  });

  it('unfreeze faster where the epochs would end before all blocks are trained', () => {
    expect(depths({ epochs: 4, headEpochs: 1, unfreezeDepth: 9, unfreezing: 'gradual' })).toEqual([0, 4, 8, 9]);
    const slow = { epochs: 7, headEpochs: 2, unfreezeDepth: 3, unfreezing: 'gradual', unfreezeEvery: 4 } as const;
    expect(depths(slow)).toEqual([0, 0, 1, 1, 2, 2, 3]);
    expect(isShortened(configuration(slow))).toBe(true);
    expect(isShortened(configuration({ ...slow, epochs: 11 }))).toBe(false);
  });

  it('schedule the rate over what follows the head phase', () => {
    const phases = phasesOf(configuration({ epochs: 10, headEpochs: 3, unfreezeDepth: 2, unfreezing: 'gradual' }));
    expect(scheduledPart(phases)).toEqual({ start: 4, epochs: 7 });
  });

  it('cover every epoch once, in order, never shallower than before', () => {
    const options = fc.record({
      epochs: fc.integer({ min: 1, max: 30 }),
      headEpochs: fc.integer({ min: 0, max: 30 }),
      unfreezeDepth: fc.integer({ min: 0, max: 12 }),
      unfreezing: fc.constantFrom('atOnce' as const, 'gradual' as const),
      unfreezeEvery: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(options, (one) => {
        const phases = phasesOf(configuration(one));
        expect(phases.reduce((sum, phase) => sum + phase.epochs, 0)).toBe(one.epochs);
        const trained = depths(one);
        expect(trained).toEqual([...trained].sort((a, b) => a - b));
        expect(trained.at(-1)).toBe(one.unfreezeDepth);
        expect(trained.indexOf(one.unfreezeDepth) + 1).toBe(fullDepthFrom(phases));
      }),
    );
  });
});
