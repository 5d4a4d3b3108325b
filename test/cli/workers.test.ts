// hpo workers: who is at a queue, in lines.
import { expect, it } from 'vitest';
import { linesOf } from '../../src/cli/commands/workers.js';

const machine = (host: string) => ({
  ...{ host, pid: 7, slots: 2, devices: ['cpu 1', 'cpu 2'] },
  kind: { processor: 'EPYC', engine: 'onnx', versions: '1' },
});

it('lists the workers of each study, what they do and their share, and those that wait', () => {
  const workers = [
    { machine: machine('a'), since: 0, trials: [3, 5], ended: 3 },
    { machine: machine('b'), since: 60_000, trials: [], ended: 1 },
  ];
  expect(linesOf({ address: 'redis://q', studies: [{ study: 'pets', workers }], idle: ['c'] }, 120_000)).toEqual([
    'study pets',
    'machine  process  slots  since   trials  ended     engine  processor',
    'a              7      2  2m 00s  3, 5    3 (75 %)  onnx    EPYC',
    'b              7      2  1m 00s  idle    1 (25 %)  onnx    EPYC',
    'waiting for a study: c',
  ]);
});

it('says that nobody is there', () => {
  expect(linesOf({ address: 'redis://q', studies: [], idle: [] }, 0)).toEqual(['no study is run at redis://q']);
});
