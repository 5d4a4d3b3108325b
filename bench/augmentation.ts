// Milliseconds of processor that augmentation takes for an image of 224 pixels, by strategy, beside libvips (sharp) for the same kind of work
// as `standard`: one affine map with bilinear sampling and one linear map of colours.
// Run: npx tsx bench/augmentation.ts
import sharp from 'sharp';
import { RandomStream } from '../src/math/random.js';
import { median } from '../src/math/quantile.js';
import { augment } from '../src/images/augmentation/augment.js';
import { PRESETS } from '../src/images/augmentation/strategy.js';
import { configureSharp } from '../src/images/pixels.js';

const SIDE = 224;
const ROUNDS = 7;
const VIEWS = 200;

configureSharp();
const random = RandomStream.of('bench');
const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random.integer(256));
const result = new Uint8Array(pixels.length);
const raw = { width: SIDE, height: SIDE, channels: 3 } as const;

const contestants = [
  ...Object.entries(PRESETS).map(([name, strategy]) => ({
    name,
    make: async (view: number) => void augment(pixels, SIDE, strategy, RandomStream.of('bench', view), result),
  })),
  {
    name: 'libvips, as standard',
    make: async (view: number) => {
      const angle = ((view % 20) - 10) / 60;
      const [cos, sin] = [1.05 * Math.cos(angle), 1.05 * Math.sin(angle)];
      await sharp(pixels, { raw })
        .affine([cos, -sin, sin, cos], { interpolator: 'bilinear' })
        .extract({ left: 0, top: 0, width: SIDE, height: SIDE })
        .linear(1.1, -5)
        .raw()
        .toBuffer();
    },
  },
].map((one) => ({ ...one, times: [] as number[] }));

// In turns: other work on the machine then disturbs all alike.
for (let round = 0; round < ROUNDS; round++) {
  for (const { make, times } of contestants) {
    const before = process.cpuUsage();
    for (let view = 0; view < VIEWS; view++) await make(view);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000 / VIEWS);
  }
}
const peer = median(contestants.at(-1)?.times ?? []);
console.log('                        ms an image   of libvips');
for (const { name, times } of contestants) {
  const time = median(times);
  console.log(`${name.padEnd(22)} ${time.toFixed(3).padStart(12)} ${(time / peer).toFixed(2).padStart(12)}`);
}
