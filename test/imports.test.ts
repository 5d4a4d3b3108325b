// The scan that the floors test relies on.
import { expect, it } from 'vitest';
import { importsOf } from './imports.js';

const scan = (text: string) => importsOf('x.ts', text).map(({ specifier, typeOnly }) => [specifier, typeOnly]);

it('finds every kind of import', () => {
  expect(
    scan("import a from './a.js';\nimport './b.js';\nexport { c } from './c.js';\nexport * from './d.js';"),
  ).toEqual([
    ['./a.js', false],
    ['./b.js', false],
    ['./c.js', false],
    ['./d.js', false],
  ]);
});

it('finds dynamic imports and thread entries, however deep', () => {
  const text = "async function f() { if (x) { await import('./a.js'); } return new URL('./b.js', import.meta.url); }";
  expect(scan(text)).toEqual([
    ['./a.js', false],
    ['./b.js', false],
  ]);
});

it('tells types from values', () => {
  const text = `import type { A } from './a.js';
import { type B } from './b.js';
import { type C, d } from './c.js';
export type { E } from './e.js';
type F = import('./f.js').F;`;
  expect(scan(text)).toEqual([
    ['./a.js', true],
    ['./b.js', true],
    ['./c.js', false],
    ['./e.js', true],
    ['./f.js', true],
  ]);
});

it('is not fooled by comments and strings', () => {
  expect(scan("// import a from './a.js'\nconst text = \"import b from './b.js'\";")).toEqual([]);
});
