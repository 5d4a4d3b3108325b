// The source as JavaScript in a temporary folder, as `npm run build` makes it but without checking types: threads and child processes
// start in a fraction of the time that they need with a loader.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');

/** Builds these folders of src; returns the folder that stands for src. */
export function buildSource(...folders: string[]): string {
  const target = mkdtempSync(join(tmpdir(), 'hpo-built-'));
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'));
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }');
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
  };
  for (const folder of folders) {
    for (const file of readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const source = readFileSync(join(ROOT, 'src', folder, file), 'utf8');
      const built = join(target, 'src', folder, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(built), { recursive: true });
      writeFileSync(built, ts.transpileModule(source, { compilerOptions }).outputText);
    }
  }
  return join(target, 'src');
}
