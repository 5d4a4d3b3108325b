// Runs a benchmark by name, or lists them with the first line of each: npm run bench -- samplers --seeds 5
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../bench', import.meta.url));
const files = new Map(
  readdirSync(folder)
    .filter((file) => /\.tsx?$/.test(file))
    // The others are imported by these.
    .filter((file) => !/^export /m.test(readFileSync(join(folder, file), 'utf8')))
    .map((file) => [file.replace(/\.tsx?$/, ''), join(folder, file)]),
);

const [name, ...rest] = process.argv.slice(2);
const file = files.get(name ?? '');
if (file !== undefined) {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  process.exitCode = spawnSync(process.execPath, [tsx, file, ...rest], { stdio: 'inherit' }).status ?? 1;
} else {
  if (name !== undefined) console.error(`expected one of the benchmarks below, got '${name}'`);
  const width = Math.max(...[...files.keys()].map(({ length }) => length));
  for (const [each, path] of files) {
    const [first = ''] = readFileSync(path, 'utf8').split('\n');
    console.log(`${each.padEnd(width)}  ${first.slice(3)}`);
  }
  process.exitCode = name === undefined ? 0 : 2;
}
