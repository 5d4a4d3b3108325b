// Code blocks of the documentation, and how to run them.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a document in docs/, in order. */
export function blocksOf(document: string): Block[] {
  const text = readFileSync(new URL(`docs/${document}`, ROOT), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    text: code,
  }));
}

/** Runs an example as a program that has this package installed. Resolves to what it prints. @param cwd its working folder. */
export async function runExample(code: string, cwd = fileURLToPath(ROOT)): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'hpo-example-')), 'example.mjs');
  writeFileSync(file, code.replaceAll("from 'hpo'", `from '${new URL('src/index.ts', ROOT).href}'`));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exitCode = await new Promise((resolve) => child.once('close', resolve));
  if (exitCode !== 0)
    throw new Error(`expected the example to end well, got exit code ${String(exitCode)}:\n${errors}`);
  return printed;
}
