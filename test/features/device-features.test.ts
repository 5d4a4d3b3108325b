// Features that stay on a device: each image travels once, and makes place where a later trial needs the room.
import { expect, it } from 'vitest';
import type { DeviceRows, Engine } from '../../src/engines/engine.js';
import { DeviceFeatures } from '../../src/features/device-features.js';
import type { FeatureBlock, FeatureNeed, Features } from '../../src/features/features.js';
import { FoldFeatures } from '../../src/features/fold-features.js';
import type { View } from '../../src/images/study-images.js';
import { must } from '../../src/system/must.js';

const IMAGES = 6;
const SHAPE = [2];

/** Rows of a made-up device, which has room for so many blocks. */
class FakeRows implements DeviceRows {
  isThere = true;
  readonly numbers = new Map<number, readonly number[]>();
  writes = 0;

  constructor(private readonly onDispose: () => void) {}

  write(positions: Uint32Array, numbers: Float32Array): Promise<void> {
    this.writes += positions.length;
    positions.forEach((position, i) => this.numbers.set(position, [...numbers.slice(2 * i, 2 * i + 2)]));
    return Promise.resolve();
  }

  dispose(): void {
    if (this.isThere) this.onDispose();
    this.isThere = false;
  }
}

function deviceFor(blocks: number): { readonly keepRows: NonNullable<Engine['keepRows']>; readonly made: FakeRows[] } {
  const made: FakeRows[] = [];
  let room = blocks;
  const keepRows = (): Promise<DeviceRows | undefined> => {
    if (room === 0) return Promise.resolve(undefined);
    room--;
    const rows = new FakeRows(() => room++);
    made.push(rows);
    return Promise.resolve(rows);
  };
  return { keepRows, made };
}

const view = (number: number): View => ({ split: 'train', strategy: 'flip', number });
const need = (number: number): FeatureNeed => ({ cut: 1, view: view(number) });

/** Image i of view n is [n, i]. */
function host(): Features & { gathered: number } {
  const features = {
    gathered: 0,
    of: () => ({
      open: (_: unknown, { number }: View): Promise<FeatureBlock> =>
        Promise.resolve({
          ...{ shape: SHAPE, images: IMAGES },
          gather(positions, into) {
            features.gathered += positions.length;
            for (let i = 0; i < positions.length; i++) into.set([number, positions[i] as number], 2 * i);
            return Promise.resolve();
          },
        }),
    }),
  };
  return features;
}

it('brings an image to the device once', async () => {
  const [source, { keepRows, made }] = [host(), deviceFor(1)];
  const features = new DeviceFeatures(source, keepRows);
  for (let trial = 0; trial < 2; trial++) {
    const block = await features.of({ precision: 'float32', blocks: [need(0)] }).open(1, view(0));
    const feed = await block.onDevice?.([4, 1, 4]);
    expect(feed).toMatchObject({ rows: made[0], positions: Uint32Array.of(4, 1, 4) });
  }
  expect([...must(made[0], 'rows').numbers]).toEqual([
    [4, [0, 4]],
    [1, [0, 1]],
  ]);
  expect([source.gathered, made[0]?.writes, made.length]).toEqual([2, 2, 1]);
});

it('reads as before what finds no room, and makes none of what the trial needs itself', async () => {
  const { keepRows, made } = deviceFor(1);
  const features = new DeviceFeatures(host(), keepRows);
  const needs = { precision: 'float32' as const, blocks: [need(0), need(1)] };
  const source = features.of(needs);
  expect((await source.open(1, view(0))).onDevice).toBeDefined();
  expect((await source.open(1, view(1))).onDevice).toBeUndefined();
  // A later trial does not need the first one.
  const later = features.of({ precision: 'float32', blocks: [need(1)] });
  expect((await later.open(1, view(1))).onDevice).toBeDefined();
  expect(made.map(({ isThere }) => isThere)).toEqual([false, true]);
});

it('brings images anew where the device needed the memory', async () => {
  const { keepRows, made } = deviceFor(2);
  const features = new DeviceFeatures(host(), keepRows);
  const source = features.of({ precision: 'float32', blocks: [need(0)] });
  const block = await source.open(1, view(0));
  await block.onDevice?.([0]);
  must(made[0], 'rows').dispose();
  expect(await block.onDevice?.([0])).toBeUndefined();
  expect(await (await source.open(1, view(0))).onDevice?.([0])).toMatchObject({ rows: made[1] });
});

it('makes one block where two trials ask at once', async () => {
  const { keepRows, made } = deviceFor(3);
  const features = new DeviceFeatures(host(), keepRows);
  const open = () => features.of({ precision: 'float32', blocks: [need(0)] }).open(1, view(0));
  await Promise.all([open(), open(), open()]);
  expect(made).toHaveLength(1);
});

it('keeps the images of a fold under their own positions', async () => {
  const { keepRows, made } = deviceFor(1);
  const positions = { train: Uint32Array.of(5, 3), validation: Uint32Array.of(0) };
  const fold = new FoldFeatures(new DeviceFeatures(host(), keepRows), positions);
  const block = await fold.of({ precision: 'float32', blocks: [need(0)] }).open(1, view(0));
  expect(await block.onDevice?.([1, 0])).toMatchObject({ rows: made[0], positions: Uint32Array.of(3, 5) });
});
