// What an epoch takes, by the plan's multiply-accumulates and the engine's rates.
import { expect, it } from 'vitest';
import { epochCostsOf, epochSecondsOf } from '../../../src/app/setup/epoch-seconds.js';
import { PROBED } from '../../../src/app/plan/study-time.js';
import { getBackbone } from '../../../src/backbones/registry.js';
import { describeBackbone } from '../../../src/backbones/describe-backbone.js';
import { type TrainingCost, epochSecondsText, trainingCost } from '../../../src/study/epoch-seconds.js';
import { parseStudy } from '../../../src/study/schema/parse-study.js';

const backbone = getBackbone('quicknet');
const images = {
  ...{ digest: 'd', classes: ['a', 'b'] },
  counts: { train: [60, 40], validation: [10, 10], test: [0, 0] },
};
const studyOf = (training: object) =>
  parseStudy(
    JSON.stringify({
      data: { drawn: { family: 'pictograms', perClass: { train: 4, validation: 4 } } },
      backbone: { name: 'quicknet' },
      space: { unfreezeDepth: { type: 'int', min: 0, max: 2 } },
      training: { epochs: 10, augmentation: 'none', ...training },
    }),
    'study.json',
    'study',
  );

/** An engine that does a million multiply-accumulates a second, forward, and as many in training. */
const slow = { forward: 1e6 / PROBED.forward, training: 1e6 / PROBED.training };
const seconds = (training: object = {}) =>
  epochSecondsOf(studyOf(training), [{ backbone, inputSize: 64 }], images, slow).epochs.map((one) => one.seconds);

it('counts the frozen part once for each view, over all epochs', () => {
  const macs = describeBackbone(backbone, 64).multiplyAccumulates / 1e6;
  expect(seconds()[0]).toBe(Number(((macs * 120) / 10).toPrecision(2)));
  expect(seconds({ augmentation: 'flip', views: 4 })[0]).toBe(Number(((macs * 420) / 10).toPrecision(2)));
});

it('grows with the trained blocks, which are passed forward and back in every epoch', () => {
  const [head = NaN, one = NaN, two = NaN] = seconds();
  const top = (describeBackbone(backbone, 64).blocks.at(-1)?.multiplyAccumulates ?? NaN) / 1e6;
  expect(one - head).toBeGreaterThan(2.5 * top * 100);
  expect(two).toBeGreaterThan(one);
});

it('costs as many multiply-accumulates as it takes seconds at a rate of one a second', () => {
  const costs = epochCostsOf(studyOf({}), [{ backbone, inputSize: 64 }], images);
  expect(costs.map(({ depth }) => depth)).toEqual([0, 1, 2]);
  expect(costs[0]?.multiplyAccumulates).toBe((describeBackbone(backbone, 64).multiplyAccumulates * 120) / 10);
  const inSeconds = costs.map(({ multiplyAccumulates }) => Number((multiplyAccumulates / 1e6).toPrecision(2)));
  expect(inSeconds).toEqual(seconds());
});

it('of what is recorded the frozen part is paid once for each view that was shown, the rest in every epoch', () => {
  const [head, , two] = epochCostsOf(studyOf({}), [{ backbone, inputSize: 64 }], images);
  const macs = describeBackbone(backbone, 64).multiplyAccumulates;
  if (head?.parts === undefined || two?.parts === undefined) throw new Error('expected parts');
  expect(head.parts).toEqual({ view: macs * 100, validation: macs * 20, epoch: 0 });
  expect(trainingCost(head.parts, 2, 1)).toBe(macs * 120);
  expect(trainingCost(head.parts, 2, 4)).toBe(macs * 220);
  expect(trainingCost(head.parts, 10, 4)).toBe(macs * 420);
  expect(two.parts.view + two.parts.validation).toBeLessThan(macs * 120);
  expect(trainingCost(two.parts, 3, 1) - trainingCost(two.parts, 2, 1)).toBe(two.parts.epoch);
  // Over all epochs it is what an average one says.
  for (const { parts, multiplyAccumulates } of [head, two])
    expect(trainingCost(parts as TrainingCost, 10, 1) / (10 * multiplyAccumulates)).toBeCloseTo(1, 9);
});

it('is told in a line', () => {
  const epochs = [
    { depth: 0, seconds: 2 },
    { depth: 1, seconds: 9 },
  ];
  expect(epochSecondsText({ forward: 1, training: 1, epochs })).toBe(
    'about 2s with the head alone, 9s with 1 block trained',
  );
  expect(epochSecondsText({ forward: 1, training: 1, epochs: [] })).toBeUndefined();
});
