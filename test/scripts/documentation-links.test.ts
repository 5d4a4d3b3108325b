// Links and paths in the documentation lead somewhere.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const read = (document: string): string => readFileSync(join(ROOT, document), 'utf8');

/** The anchors that GitHub gives to a document's headings. */
function anchorsOf(document: string): string[] {
  const headings = [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Whether there is such a file or folder; `*` in its name stands for anything. */
function exists(path: string): boolean {
  const folder = join(ROOT, dirname(path));
  const [start = '', end] = basename(path).split('*');
  if (end === undefined) return existsSync(join(ROOT, path));
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(start) && name.endsWith(end));
}

describe.each(documents)('%s', (document) => {
  it('links only to files and headings that exist', () => {
    const targets = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const dead = targets.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      return !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
    });
    expect(dead).toEqual([]);
  });

  it('names only source files that exist', () => {
    const paths = [...read(document).matchAll(/\b(?:src|test|bench|scripts)\/[\w./*-]*\w/g)].map(([path]) => path);
    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });
});
