// Which machine takes which trials: none is kept for a machine that may not take them.
import { afterEach, expect, it } from 'vitest';
import { Machines } from '../../src/cluster/machines.js';
import { Offer } from '../../src/cluster/offer.js';
import { isForOthers } from '../../src/cluster/placement.js';
import type { MachineKind } from '../../src/study/machine-kind.js';
import { QUICK } from './support/scene.js';

const EPYC: MachineKind = { processor: 'EPYC', versions: '1' };
const XEON: MachineKind = { processor: 'Xeon', versions: '1' };

let machines: Machines;
afterEach(() => machines.close());

function meet(kinds: Readonly<Record<string, MachineKind>>): void {
  machines = new Machines({ pace: QUICK, maxFailuresInARow: 3, onChange: () => {}, onNotice: () => {} });
  for (const [host, kind] of Object.entries(kinds)) {
    machines.join(host, { host, pid: 1, slots: 1, devices: ['cpu 1'], kind });
  }
}

function offerOf(trainedOn: MachineKind, doubted?: string): Offer {
  const run = {
    assignment: { trial: 0, parameters: {}, seed: 1, reported: 1, directory: '/trials/0' },
    signal: new AbortController().signal,
    trainedOn,
    onReport: () => Promise.resolve('stop' as const),
    onEnd: () => {},
  };
  const offer = new Offer({ slot: 0, runs: [run], root: '/trials', tell: () => {} });
  offer.doubted = doubted;
  return offer;
}

it('keeps trials for an idle machine of their kind', () => {
  meet({ epyc: EPYC, xeon: XEON });
  const offer = offerOf(EPYC);
  expect([isForOthers(offer, 'xeon', machines, [offer]), offer.kept]).toEqual([true, 1]);
  expect(isForOthers(offer, 'epyc', machines, [offer])).toBe(false);
});

it('keeps trials for no machine that is doubted', () => {
  meet({ epyc: EPYC, xeon: XEON });
  const offer = offerOf(EPYC, 'epyc');
  expect([isForOthers(offer, 'xeon', machines, [offer]), offer.kept]).toEqual([false, 0]);
  expect(isForOthers(offer, 'epyc', machines, [offer])).toBe(true);
});
