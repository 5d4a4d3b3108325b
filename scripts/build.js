// Compiles src to dist. With --if-changed only where something that goes into it changed: npx runs `prepare` each time it links the clone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { URL, fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
/** Holds the digest of what dist was made from. */
const mark = join(dist, '.made-from');

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(tsx?|py)$/.test(file))
  .map((file) => file.replaceAll('\\', '/'))
  .sort();
const digest = digestOf([
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  ...sources.map((file) => `src/${file}`),
]);

if (!process.argv.includes('--if-changed') || !existsSync(mark) || readFileSync(mark, 'utf8') !== digest) build();

function build() {
  rmSync(mark, { force: true });
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  for (const file of sources) if (file.endsWith('.py')) copyFileSync(join(root, 'src', file), join(dist, file));
  removeStale();
  chmodSync(join(dist, 'cli', 'main.js'), 0o755);
  writeFileSync(mark, digest);
}

/** What was made of files that are gone. */
function removeStale() {
  const made = new Set(sources.map((file) => file.replace(/\.(tsx?|py)$/, '')));
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const [, source] = /^(.*?)(\.d\.ts|\.js|\.py)$/.exec(file.replaceAll('\\', '/')) ?? [];
    if (source !== undefined && !made.has(source)) rmSync(join(dist, file));
  }
}

function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}
