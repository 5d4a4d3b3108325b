// The identity of weights.
import { describe, expect, it } from 'vitest';
import type { HostTensor } from '../../../src/graph/host-tensor.js';
import { weightsDigest } from '../../../src/backbones/weights/digest.js';

const plain = (...data: number[]): HostTensor => ({
  shape: [data.length],
  role: 'plain',
  data: Float32Array.from(data),
});

describe('weightsDigest', () => {
  const digest = weightsDigest(new Map([['a', plain(1, 2)], ['b', plain(3)]])); // prettier-ignore

  it('is a SHA-256 in hexadecimal', () => {
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not depend on the order of entries', () => {
    expect(weightsDigest(new Map([['b', plain(3)], ['a', plain(1, 2)]]))).toBe(digest); // prettier-ignore
  });

  it.each([
    ['a number', new Map([['a', plain(1, 2.0000002)], ['b', plain(3)]])], // prettier-ignore
    ['a name', new Map([['a', plain(1, 2)], ['c', plain(3)]])], // prettier-ignore
    ['a border between tensors', new Map([['a', plain(1)], ['b', plain(2, 3)]])], // prettier-ignore
  ])('changes with %s', (_, tensors) => {
    expect(weightsDigest(tensors)).not.toBe(digest);
  });
});
