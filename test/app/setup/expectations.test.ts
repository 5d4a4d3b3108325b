// What configurations cost beforehand, also where trials choose among backbones.
import { describe, expect, it } from 'vitest';
import { expectationsOf } from '../../../src/app/setup/expectations.js';
import { priorOf } from '../../../src/search/prior/versions.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';

const definition = parseStudy(
  JSON.stringify({
    data: { drawn: { family: 'pictograms', perClass: { train: 4, validation: 4 } } },
    space: {
      backbone: { type: 'choice', values: ['quicknet', 'mine.onnx'] },
      unfreezeDepth: { type: 'int', min: 0, max: 2 },
    },
  }),
  'study.json',
  'study',
);
const quicknet = getBackbone('quicknet');
const built = { backbone: quicknet, inputSize: quicknet.inputSize };
const mine = { backbone: { ...quicknet, name: 'mine.onnx' }, inputSize: 2 * quicknet.inputSize };

it('knows what an epoch of a model file costs', () => {
  const expected = expectationsOf(definition, [built, mine]);
  const cost = (backbone: string, unfreezeDepth: number) => expected({ backbone, unfreezeDepth }).logSeconds;
  expect(cost('mine.onnx', 0)).toBeGreaterThan(cost('quicknet', 0));
  expect(cost('mine.onnx', 2)).toBeGreaterThan(cost('mine.onnx', 0));
});

it('takes a backbone of unknown costs for one like the others, and not for one that costs nothing', () => {
  const expected = expectationsOf(definition, [built]);
  const cost = (backbone: string) => expected({ backbone, unfreezeDepth: 1 }).logSeconds;
  expect(cost('mine.onnx')).toBe(cost('quicknet'));
  expect(expectationsOf(definition, [])({ backbone: 'mine.onnx', unfreezeDepth: 1 }).logSeconds).toBe(0);
});

describe('the version of the prior', () => {
  const depths = (choice: { readonly name: string; readonly weights?: string }, version: number) => {
    const expected = expectationsOf(definition, [{ ...built, choice }], priorOf(version));
    return [0, 1, 2].map((unfreezeDepth) => expected({ backbone: 'quicknet', unfreezeDepth }).quality);
  };

  it('1 takes every network for one of photographs', () => {
    expect(new Set(depths({ name: 'quicknet' }, 1)).size).toBe(3);
    expect(new Set(depths({ name: 'quicknet', weights: 'random' }, 1)).size).toBe(3);
  });

  it('2 does not say how much to train of a network of drawings, or of an untrained one', () => {
    expect(new Set(depths({ name: 'quicknet' }, 2)).size).toBe(1);
    const squeezenet = getBackbone('squeezenet1.1');
    const named = parseStudy(
      JSON.stringify({
        data: { drawn: { family: 'pictograms', perClass: { train: 4, validation: 4 } } },
        backbone: { name: 'squeezenet1.1', weights: 'w.h5' },
        space: { unfreezeDepth: { type: 'int', min: 0, max: 2 } },
      }),
      'study.json',
      'study',
    );
    const qualities = (weights: string, version: number) => {
      const choice = { name: 'squeezenet1.1', weights };
      const expected = expectationsOf(named, [{ backbone: squeezenet, inputSize: 64, choice }], priorOf(version));
      return [0, 1, 2].map((unfreezeDepth) => expected({ unfreezeDepth }).quality);
    };
    expect(new Set(qualities('random', 2)).size).toBe(1);
    expect(qualities('w.h5', 2)).toEqual(qualities('w.h5', 1));
    expect(new Set(qualities('w.h5', 2)).size).toBe(3);
  });
});
