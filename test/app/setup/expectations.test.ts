// What configurations cost beforehand, also where trials choose among backbones.
import { expect, it } from 'vitest';
import { expectationsOf } from '../../../src/app/setup/expectations.js';
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
