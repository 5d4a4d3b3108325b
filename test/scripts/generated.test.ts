// What is generated and committed is current.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { withOperations } from '../../scripts/augmentation-docs.js';
import { compiledKernels } from '../../scripts/augmentation-kernels.js';
import { withHelp } from '../../scripts/command-docs.js';
import { schemaText, withTables } from '../../scripts/study-docs.js';
import { hpo } from '../cli/support.js';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const REMEDY = 'npx tsx scripts/generate.ts writes it anew';

it('study.schema.json is that of the code', () => {
  expect(read('study.schema.json'), REMEDY).toBe(schemaText());
});

it('the tables of docs/study.md are those of the schema', () => {
  const document = read('docs/study.md');
  expect(document, REMEDY).toBe(withTables(document));
});

it('docs/study.md speaks of every part and every form of the schema', () => {
  const document = read('docs/study.md');
  const schema = JSON.parse(schemaText()) as {
    properties: Record<string, { oneOf?: { properties: { type: { const: string } } }[] }>;
  };
  const parts = Object.keys(schema.properties).filter((name) => !['$schema', 'name'].includes(name));
  expect(parts.filter((name) => !document.includes(`\n## ${name}\n`))).toEqual([]);
  const pruners = schema.properties['pruner']?.oneOf?.map((form) => form.properties.type.const) ?? [];
  expect(pruners.length).toBeGreaterThan(3);
  expect(pruners.filter((type) => !document.includes(`| \`${type}\` |`))).toEqual([]);
});

it('docs/commands.md speaks of every command', async () => {
  const { out } = await hpo('--help');
  const commands = [...(out.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
  expect(commands.length).toBeGreaterThan(10);
  const document = read('docs/commands.md');
  expect(commands.filter((name) => name !== 'help' && !document.includes(`\n## hpo ${name}\n`))).toEqual([]);
});

it('the help texts of docs/commands.md are those of the commands', async () => {
  const document = read('docs/commands.md');
  expect(document, REMEDY).toBe(await withHelp(document));
});

it('the tables of docs/augmentation.md are those of the operations', () => {
  const document = read('docs/augmentation.md');
  expect(document, REMEDY).toBe(withOperations(document));
});

it('assets/augmentation.wasm is that of kernels.wat', async () => {
  const committed = readFileSync(fileURLToPath(new URL('../../assets/augmentation.wasm', import.meta.url)));
  expect(Buffer.compare(committed, await compiledKernels()), REMEDY).toBe(0);
});
