// The floors: who may import whom. See docs/architecture.md.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { castsOf } from './casts.js';
import { importsOf } from './imports.js';

const root = resolve(import.meta.dirname, '..');

/** From the top down. A file may import from its own folder and from floors below its own. */
const FLOORS: readonly (readonly string[])[] = [
  ['index.ts', 'dashboard.ts', 'report.ts', 'backbones.ts'],
  ['cli'],
  ['app'],
  ['web'],
  ['dashboard', 'report'],
  ['controller'],
  ['cluster', 'workers', 'store'],
  ['search', 'trainer'],
  ['features'],
  ['backbones', 'images'],
  ['engines', 'metrics', 'onnx'],
  ['graph'],
  ['study'],
  ['math', 'system'],
];

/** The places where implementations are chosen, besides each folder's own factory. */
const COMPOSERS = [
  'src/app/setup/create-search.ts',
  'src/app/model/open-classifier.ts',
  'src/trainer/open-workbench.ts',
  'src/app/create-study.ts',
  'src/app/setup/open-slots.ts',
];

/** Implementations of a contract; their own folder and the composers know them, nobody else. */
const IMPLEMENTATIONS = [
  /^src\/search\/(samplers|pruners)\//,
  /^src\/search\/create-sampler\.ts$/,
  /^src\/store\/(journal|memory|caching|snapshot)[a-z-]*store\.ts$/,
  /^src\/workers\/(piscina|in-process)-runner\.ts$/,
  /^src\/cluster\/(cluster|mixed)-runner\.ts$/,
  /^src\/engines\/open-engine\.ts$/,
];

const MAX_LINES = 400;
/** Longer files, each with the one idea that would suffer from a cut. */
const LONG_FILES: Readonly<Record<string, string>> = {};

/** Circles that are meant, by the folder in which they lie. */
const CIRCLES: Readonly<Record<string, string>> = {
  'src/graph/operations': 'the gradient of one operation is made of others; nothing runs before all are loaded',
};

/** How many casts (`x as T`) each room may have. Lower a number when you remove casts; use must(), or a better type, before you raise one. */
const CASTS: Readonly<Record<string, number>> = {
  app: 15,
  backbones: 19,
  cli: 4,
  cluster: 0,
  controller: 12,
  dashboard: 2,
  engines: 14,
  features: 16,
  graph: 2,
  images: 57,
  math: 6,
  metrics: 1,
  onnx: 2,
  report: 6,
  search: 1,
  store: 6,
  study: 21,
  system: 9,
  trainer: 59,
  workers: 20,
};

interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Paths of files under src that it imports, dynamically or not. */
  readonly imports: readonly { readonly path: string }[];
}

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => readSource(join(root, 'src', file)));
const paths = new Set(files.map((file) => file.path));

describe('the floors', () => {
  it('are the folders of src', () => {
    const known = FLOORS.flat();
    const found = [...paths].map((path) => path.split('/')[1] as string);
    expect(found.filter((folder) => !known.includes(folder))).toEqual([]);
  });

  it('import downward only', () => {
    const violations = files.flatMap(({ path, imports }) =>
      imports.filter((target) => !mayImport(path, target.path)).map((target) => `${path} imports ${target.path}`),
    );
    expect(violations, `Imports point down only: ${FLOORS.map((floor) => floor.join(' | ')).join(' > ')}.`).toEqual([]);
  });

  it('know contracts, not implementations', () => {
    const violations = files.flatMap(({ path, imports }) =>
      imports
        .filter((target) => isImplementation(target.path))
        .filter((target) => folderOf(target.path) !== folderOf(path) && !COMPOSERS.includes(path))
        .map((target) => `${path} imports ${target.path}`),
    );
    expect(violations, `Implementations are chosen in ${COMPOSERS.join(' and ')} alone.`).toEqual([]);
  });

  it('have no circles, imports of types included', () => {
    const unexpected = circles(files).filter((circle) => !circle.split(' → ').every(isMeant));
    expect(unexpected, 'Move what both files need into a third below them.').toEqual([]);
  });
});

describe('every source file', () => {
  it('says in its first line what it is', () => {
    const silent = files.filter(({ text }) => !/^(#!.*\n)?(\/\/|\/\*\*) ?\S/.test(text)).map(({ path }) => path);
    expect(silent, 'The first line is a comment that says what the file is.').toEqual([]);
  });

  it(`is of at most ${MAX_LINES} lines`, () => {
    const long = files.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES).map(({ path }) => path);
    const reason =
      'A file holds one idea and is mostly under 200 lines. List a longer one than this in LONG_FILES with the reason.';
    expect(
      long.filter((path) => LONG_FILES[path] === undefined),
      reason,
    ).toEqual([]);
    expect(
      Object.keys(LONG_FILES).filter((path) => !long.includes(path)),
      'No longer long: take it off the list.',
    ).toEqual([]);
  });
});

describe('casts', () => {
  it.each(FLOORS.flat())('do not grow in number in src/%s', (room) => {
    const found = files
      .filter(({ path }) => folderOf(path) === room)
      .flatMap(({ path, text }) => castsOf(path, text).map((cast) => `${path}: ${cast}`));
    const most = CASTS[room] ?? 0;
    expect(found.length, `At most ${most} casts, got ${found.length}:\n${found.join('\n')}`).toBeLessThanOrEqual(most);
  });
});

function readSource(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const imports = importsOf(file, text)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => ({ path: resolveImport(file, specifier) }))
    .filter(({ path }) => path.startsWith('src/'));
  return { path: pathOf(file), text, imports };
}

function resolveImport(file: string, specifier: string): string {
  const path = pathOf(resolve(dirname(file), specifier));
  const source = path.replace(/\.js$/, '.ts');
  return readable(`${source}x`) ? `${source}x` : source;
}

function readable(path: string): boolean {
  try {
    readFileSync(join(root, path));
    return true;
  } catch {
    return false;
  }
}

function pathOf(file: string): string {
  return relative(root, file).split(sep).join('/');
}

function folderOf(path: string): string {
  return path.split('/')[1] as string;
}

function floorOf(path: string): number {
  return FLOORS.findIndex((floor) => floor.includes(folderOf(path)));
}

function mayImport(from: string, to: string): boolean {
  return folderOf(from) === folderOf(to) || floorOf(from) < floorOf(to);
}

function isImplementation(path: string): boolean {
  return IMPLEMENTATIONS.some((pattern) => pattern.test(path));
}

function isMeant(path: string): boolean {
  return Object.keys(CIRCLES).includes(posix.dirname(path));
}

/** One line per circle of imports. */
function circles(sources: readonly SourceFile[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    state.set(path, 'open');
    for (const target of byPath.get(path)?.imports ?? []) {
      visit(target.path, [...trail, path]);
    }
    state.set(path, 'done');
  };
  for (const { path } of sources) visit(path, []);
  return found;
}
