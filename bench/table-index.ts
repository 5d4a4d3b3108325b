// Indexing a table of small images beside reading and decoding the same files: npx tsx bench/table-index.ts [--rows 20000]
//
// Seconds of the processor an image, since those depend less on what else the machine does, as ratios to reading in the same run.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { indexImages } from '../src/images/indexing/index-images.js';
import { configureSharp } from '../src/images/pixels.js';
import { RandomStream } from '../src/math/random.js';
import { mapConcurrently } from '../src/system/concurrent.js';

const { values: given } = parseArgs({ options: { rows: { type: 'string', default: '20000' } } });
const rows = Number(given.rows);
const AT_ONCE = 2 * availableParallelism();
const CLASSES = 10;

const folder = await mkdtemp(join(tmpdir(), 'hpo-bench-'));
const nameOf = (i: number): string => `${i % 100}/${i}.jpg`;
try {
  configureSharp();
  for (let i = 0; i < Math.min(100, rows); i++) await mkdir(join(folder, 'images', String(i)), { recursive: true });
  const all = Array.from({ length: rows }, (_, i) => i);
  await mapConcurrently(all, AT_ONCE, async (i) => {
    const random = RandomStream.of('bench', i);
    const pixels = Uint8Array.from({ length: 48 }, () => random.integer(256));
    const picture = sharp(pixels, { raw: { width: 4, height: 4, channels: 3 } }).resize(32, 32);
    await writeFile(join(folder, 'images', nameOf(i)), await picture.jpeg().toBuffer());
  });
  await writeFile(
    join(folder, 'labels.csv'),
    `file,label\n${all.map((i) => `${nameOf(i)},c${i % CLASSES}\n`).join('')}`,
  );

  const paths = all.map((i) => join(folder, 'images', nameOf(i)));
  const reading = await measure('read', () => mapConcurrently(paths, AT_ONCE, (path) => readFile(path)));
  await measure('read and decode', () =>
    mapConcurrently(paths, AT_ONCE, async (path) => {
      await sharp(await readFile(path))
        .raw()
        .toBuffer();
    }),
  );
  const data = { table: 'labels.csv', images: 'images', validationSplit: 0.2 };
  const options = { directory: folder, seed: 1, cacheFile: join(folder, 'cache.json') };
  await measure('index, first time', () => indexImages(data, options));
  await measure('index, from the cache', () => indexImages(data, options));

  async function measure(name: string, work: () => Promise<unknown>): Promise<number> {
    let peak = process.memoryUsage().rss;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
    const [before, begin] = [process.cpuUsage(), performance.now()];
    await work();
    const { user, system } = process.cpuUsage(before);
    clearInterval(timer);
    const cpu = (user + system) / rows;
    const ratio = name === 'read' ? 1 : cpu / reading;
    const wall = (1000 * (performance.now() - begin)) / rows;
    console.log(
      `${name.padEnd(24)}${cpu.toFixed(0).padStart(7)} µs of the processor an image (${ratio.toFixed(1)} times reading)${wall.toFixed(0).padStart(8)} µs elapsed   peak ${(peak / 1e6).toFixed(0)} MB`,
    );
    return cpu;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
