// The exchange file: it grows, and moves where its place has no room.
import type fs from 'node:fs';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { Exchange } from '../../../src/engines/torch/exchange.js';

const LIMIT = 2 ** 20;
const full = vi.hoisted(() => ({ places: [] as string[], descriptors: new Set<number>() }));
vi.mock('node:fs', async (importActual) => {
  const actual = await importActual<typeof fs>();
  const openSync: typeof actual.openSync = (path, ...rest) => {
    const descriptor = actual.openSync(path, ...rest);
    if (full.places.some((place) => String(path).startsWith(place))) full.descriptors.add(descriptor);
    else full.descriptors.delete(descriptor);
    return descriptor;
  };
  const writeSync = (descriptor: number, bytes: Uint8Array, offset: number, length: number, at: number): number => {
    if (full.descriptors.has(descriptor) && at + length > LIMIT)
      throw new Error('ENOSPC: no space left on device, write');
    return actual.writeSync(descriptor, bytes, offset, length, at);
  };
  return { ...actual, openSync, writeSync };
});

const folder = mkdtempSync(join(tmpdir(), 'hpo-exchange-'));
const [first, second] = ['a', 'b'].map((name) => mkdtempSync(join(folder, name))) as [string, string];
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  full.places = [];
});

it('moves to the next place where one has no room, and tells the file that is to be mapped', () => {
  full.places = [first];
  const exchange = new Exchange([first, second]);
  expect(exchange.grow(1000)).toEqual({ path: exchange.path, size: 1000 });
  expect(exchange.grow(500)).toBeUndefined();
  const grown = exchange.grow(3 * LIMIT);
  expect(grown).toEqual({ path: exchange.path, size: 3 * LIMIT });
  expect(exchange.path.startsWith(second)).toBe(true);
  expect(readdirSync(first)).toEqual([]);
  exchange.write(Float32Array.of(1, 2), 2 * LIMIT);
  const got = new Float32Array(2);
  exchange.read(got, 2 * LIMIT);
  expect([...got]).toEqual([1, 2]);
  exchange.close();
  expect(existsSync(exchange.path)).toBe(false);
});

it('says how much room is missing where, and stays as it was', () => {
  full.places = [first];
  const exchange = new Exchange([first]);
  exchange.grow(1000);
  expect(() => exchange.grow(3_000_000)).toThrow(
    `the torch engine needs 3 MB in ${first} for the arrays of a step: ENOSPC: no space left on device, write`,
  );
  exchange.write(Float32Array.of(3), 8);
  const got = new Float32Array(1);
  exchange.read(got, 8);
  expect([...got]).toEqual([3]);
  exchange.close();
});

it('begins in the next place where the first cannot be written', () => {
  const exchange = new Exchange([join(folder, 'missing'), second]);
  expect(exchange.path.startsWith(second)).toBe(true);
  exchange.close();
});

it('removes what a process left that was killed while PyTorch started', () => {
  const place = mkdtempSync(join(folder, 'left'));
  const [old, young, other] = ['hpo-torch-old', 'hpo-torch-young', 'other'].map((name) => join(place, name));
  const yesterday = Date.now() / 1000 - 86_400;
  for (const one of [old, young, other]) mkdirSync(one ?? '');
  for (const one of [old, other]) utimesSync(one ?? '', yesterday, yesterday);
  const exchange = new Exchange([place]);
  exchange.unlink();
  expect(readdirSync(place).sort()).toEqual(['hpo-torch-young', 'other']);
  exchange.close();
});
